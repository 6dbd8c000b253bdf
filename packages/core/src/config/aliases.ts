import { type Document, isAlias, isNode, visit } from 'yaml';

/** Values that a document may have with every alias written out: far more than an experiment needs. */
const MOST_VALUES = 100_000;

/** Makes an error of what is wrong, and where it stands in the text. */
export type Refuse = (message: string, offset?: number) => Error;

/**
 * The values of a document. What an alias stands for is written out in its place, not shared with its anchor, so that
 * defaults and overrides change one place only; that is bounded, because ten aliases of ten aliases of ten aliases are
 * a short text.
 *
 * @throws what `refuse` makes of an alias without an anchor before it, of an anchor that contains its own alias, and of
 *   too many values
 */
export function writtenOut(document: Document, refuse: Refuse): unknown {
  refuseUnknown(document, refuse);
  let left = MOST_VALUES;
  const copy = (value: unknown, around: ReadonlySet<unknown>): unknown => {
    if (--left < 0) throw refuse(`With its aliases written out, this has more than ${MOST_VALUES.toLocaleString('en-US')} values.`);
    if (typeof value !== 'object' || value === null) return value;
    if (around.has(value)) throw refuse('An anchor contains its own alias.');
    const inside = new Set(around).add(value);
    if (Array.isArray(value)) return value.map((item) => copy(item, inside));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, inside)]));
  };
  // the library's own bound counts aliases, not what they stand for
  return copy(document.toJS({ maxAliasCount: -1 }), new Set());
}

/** Looks at all aliases in one pass: the library goes through the document again for each of them. */
function refuseUnknown(document: Document, refuse: Refuse): void {
  const anchors = new Set<string>();
  visit(document, (_key, node) => {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      if (!anchors.has(node.source)) throw refuse(`The alias *${node.source} has no anchor &${node.source} before it.`, node.range?.[0]);
    } else if ('anchor' in node && typeof node.anchor === 'string') anchors.add(node.anchor);
  });
}
