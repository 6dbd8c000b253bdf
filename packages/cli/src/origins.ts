import type { ConfigDocument } from '@farzi/core';
import { Document, isCollection, isPair, isScalar, visit } from 'yaml';

/** A configuration as YAML, with where each value comes from behind it. */
export function withOrigins(config: unknown, document: ConfigDocument): string {
  const shown = new Document(config);
  visit(shown, {
    Node: (key, node, ancestors) => {
      if (key === 'key' || (isCollection(node) && node.items.length > 0)) return;
      node.comment = ` ${document.originOf(pathOf(key, ancestors)) ?? 'default'}`;
    },
  });
  return shown.toString({ lineWidth: 0 });
}

/** The keys that lead to a node: those of the pairs around it, and its places in lists. */
function pathOf(key: number | 'key' | 'value' | null, ancestors: readonly unknown[]): string[] {
  const path = ancestors.flatMap((ancestor, depth) => {
    if (isPair(ancestor)) return isScalar(ancestor.key) ? [String(ancestor.key.value)] : [];
    const next = ancestors[depth + 1];
    return isCollection(ancestor) && next !== undefined && !isPair(next) ? [String((ancestor.items as unknown[]).indexOf(next))] : [];
  });
  return typeof key === 'number' ? [...path, String(key)] : path;
}
