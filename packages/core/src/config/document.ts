import { isAlias, isCollection, isMap, isSeq, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { FarziError, reasonOf } from '../errors.js';
import type { Location, Locator } from '../options/problems.js';
import { writtenOut } from './aliases.js';
import { spellOutIds } from './contributions.js';
import { applyOverride, type Override, parseOverride, withoutPasswords } from './overrides.js';

const startsWith = (path: readonly string[], beginning: readonly string[]): boolean => beginning.every((key, index) => path[index] === key);

/** A configuration as it was written: its values, and where each of them stands. */
export class ConfigDocument implements Locator {
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines: LineCounter;

  private constructor(
    /** How messages call the file. */
    readonly source: string,
    private readonly text: string,
    private readonly overrides: readonly Override[],
  ) {
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  /**
   * Reads YAML; JSON is YAML too.
   *
   * @param overrides - `a.b=value` each, stronger than the text
   * @throws FARZI_CONFIG_SYNTAX, FARZI_USAGE for an override that cannot be read
   */
  static parse(text: string, source: string, overrides: readonly string[]): ConfigDocument {
    const document = new ConfigDocument(source, text, overrides.map(parseOverride));
    document.#checkSyntax();
    return document;
  }

  /**
   * The values with overrides applied; a new object each time.
   *
   * @throws FARZI_CONFIG_INVALID when the file is empty or no mapping, FARZI_USAGE for an override that does not fit
   *   the file
   */
  values(): Record<string, unknown> {
    const { contents } = this.#document;
    const empty = contents === null || (isScalar(contents) && contents.value === null);
    if (empty && this.overrides.length === 0) {
      throw new FarziError('FARZI_CONFIG_INVALID', `${this.source}:1:1: The file is empty.`, {
        hint: 'Write at least task, dataset and model.',
      });
    }
    if (!empty && !isMap(contents)) {
      const what = isSeq(contents) ? 'a list' : JSON.stringify(this.#written());
      throw new FarziError(
        'FARZI_CONFIG_INVALID',
        `${this.#at(contents.range?.[0]).text}: An experiment must be a mapping of keys to values, but it is ${what}.`,
        {
          hint: 'Write at least task, dataset and model.',
        },
      );
    }
    const values = empty ? {} : (this.#written() as Record<string, unknown>);
    spellOutIds(values);
    for (const override of this.overrides) {
      applyOverride(values, override);
      spellOutIds(values);
    }
    return values;
  }

  /**
   * Where a value (or its key) stands; for one that was not written, where the innermost written thing around it does.
   */
  locate(path: readonly string[], target: 'key' | 'value' = 'value'): Location {
    const set = this.overrides.findLast((override) => startsWith(path, override.path));
    if (set !== undefined) return this.#fromOverride(set);
    const { offset, depth } = this.#find(path, target);
    const around =
      depth === path.length ? undefined : this.overrides.find((override) => startsWith(override.path, path.slice(0, depth + 1)));
    return around === undefined ? this.#at(offset) : this.#fromOverride(around);
  }

  /** The offset of the innermost part of a path that the text holds, and how many keys of the path that is. */
  #find(path: readonly string[], target: 'key' | 'value'): { offset: number | undefined; depth: number } {
    let node = this.#resolve(this.#document.contents);
    let offset = node?.range?.[0];
    for (const [depth, name] of path.entries()) {
      const { key, value } = childOf(node, name);
      if (key === undefined && value === undefined) return { offset, depth };
      node = this.#resolve(value);
      const keyWanted = (target === 'key' && depth === path.length - 1) || (isCollection(node) && node.flow !== true);
      offset = (keyWanted ? key : value)?.range?.[0] ?? key?.range?.[0] ?? value?.range?.[0] ?? offset;
    }
    return { offset, depth: path.length };
  }

  #written(): unknown {
    return writtenOut(this.#document, (message, offset) => this.#syntaxError(offset, message));
  }

  #resolve(node: Node | null | undefined): Node | undefined {
    return (isAlias(node) ? node.resolve(this.#document) : node) ?? undefined;
  }

  #at(offset = 0): Location {
    const { line, col } = this.#lines.linePos(offset);
    return { text: `${this.source}:${Math.max(1, line)}:${Math.max(1, col)}`, order: offset };
  }

  #fromOverride(override: Override): Location {
    return {
      text: `--set ${override.text}`,
      order: Number.MAX_SAFE_INTEGER - this.overrides.length + this.overrides.indexOf(override),
    };
  }

  #checkSyntax(): void {
    const [problem] = [...this.#document.errors, ...this.#document.warnings];
    if (problem !== undefined) {
      throw this.#syntaxError(
        problem.pos[0],
        problem.code === 'MULTIPLE_DOCS' ? 'The file holds more than one document (---)' : problem.message,
      );
    }
  }

  #syntaxError(offset: number | undefined, message: string): FarziError {
    const line = this.text.split(/\r?\n/)[this.#lines.linePos(offset ?? 0).line - 1]?.trim();
    const hint = line === undefined || line === '' ? {} : { hint: `Correct the line \`${withoutPasswords(line)}\`.` };
    return new FarziError('FARZI_CONFIG_SYNTAX', `${this.#at(offset).text}: ${reasonOf(message)}.`, hint);
  }
}

function childOf(node: Node | undefined, name: string): { key?: Node | undefined; value?: Node | undefined } {
  if (isMap<Node, Node>(node)) {
    const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === name);
    return { key: pair?.key, value: pair?.value ?? undefined };
  }
  if (isSeq<Node>(node)) return { value: node.items[Number(name)] };
  return {};
}
