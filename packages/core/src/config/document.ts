import { isAlias, isCollection, isMap, isSeq, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { FarziError, reasonOf } from '../errors.js';
import type { Location, Locator } from '../options/problems.js';
import { writtenOut } from './aliases.js';
import { extendValues, spellOutIds } from './contributions.js';
import { applyOverride, type Override, parseOverride, withoutPasswords } from './overrides.js';

const startsWith = (path: readonly string[], beginning: readonly string[]): boolean => beginning.every((key, index) => path[index] === key);

/** A part of a path that a file holds: how many of its keys, and whether a word stands there. */
interface Found {
  readonly offset: number | undefined;
  readonly depth: number;
  readonly scalar: boolean;
}

/** A configuration as it was written: its values, and where each of them stands. */
export class ConfigDocument implements Locator {
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines: LineCounter;

  private constructor(
    /** How messages call the file. */
    readonly source: string,
    private readonly text: string,
    private readonly overrides: readonly Override[],
    /** What the file extends. */
    private readonly base: ConfigDocument | undefined,
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
    const document = new ConfigDocument(source, text, overrides.map(parseOverride), undefined);
    document.#checkSyntax();
    return document;
  }

  /** The same with another document for what it says nothing about. */
  on(base: ConfigDocument): ConfigDocument {
    return new ConfigDocument(this.source, this.text, this.overrides, base);
  }

  /**
   * The file that this one extends, as it is written; `undefined` where it extends none.
   *
   * @throws FARZI_CONFIG_INVALID when it is no path
   */
  get extended(): string | undefined {
    const { contents } = this.#document;
    const value = isMap(contents) ? (this.#written() as Record<string, unknown>)['extends'] : undefined;
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw new FarziError('FARZI_CONFIG_INVALID', `${this.locate(['extends']).text}: The value of extends is no path of a file.`, {
      hint: 'Write extends: ./other.yaml, for one file.',
    });
  }

  /**
   * The values with overrides applied, on those of the file that is extended; a new object each time.
   *
   * @throws FARZI_CONFIG_INVALID when the file is empty or no mapping, FARZI_USAGE for an override that does not fit
   *   the file
   */
  values(): Record<string, unknown> {
    const { contents } = this.#document;
    const empty = contents === null || (isScalar(contents) && contents.value === null);
    if (empty && this.overrides.length === 0 && this.base === undefined) {
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
    const { extends: _extended, ...own } = empty ? {} : (this.#written() as Record<string, unknown>);
    spellOutIds(own);
    const values = this.base === undefined ? own : extendValues(this.base.values(), own);
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
    const { document, offset, depth } = this.#deepest(path, target);
    const around =
      depth === path.length ? undefined : this.overrides.find((override) => startsWith(override.path, path.slice(0, depth + 1)));
    return around === undefined ? document.#at(offset) : this.#fromOverride(around);
  }

  /** Where a value was written, as in `experiment.yaml:3:5` or `--set seed=2`; `undefined` for one that was not. */
  originOf(path: readonly string[]): string | undefined {
    const { depth } = this.#deepest(path, 'value');
    // `optimizer: adam` is short for `optimizer: { id: adam }`
    const place = path.at(-1) === 'id' && depth === path.length - 1 ? path.slice(0, -1) : path;
    const set = this.overrides.some((override) => startsWith(place, override.path));
    const short = place !== path && !this.#deepest(place, 'value').scalar;
    return set || (depth >= place.length && !short) ? this.locate(place).text : undefined;
  }

  /** The innermost part of a path that one of the files holds: this one, where both do. */
  #deepest(path: readonly string[], target: 'key' | 'value'): Found & { document: ConfigDocument } {
    const own = { document: this as ConfigDocument, ...this.#find(path, target) };
    const below = this.base === undefined ? undefined : this.base.#deepest(path, target);
    return below !== undefined && below.depth > own.depth ? below : own;
  }

  /** The offset of the innermost part of a path that the text holds, and how many keys of the path that is. */
  #find(path: readonly string[], target: 'key' | 'value'): Found {
    let node = this.#resolve(this.#document.contents);
    let offset = node?.range?.[0];
    for (const [depth, name] of path.entries()) {
      const { key, value } = childOf(node, name);
      if (key === undefined && value === undefined) return { offset, depth, scalar: isScalar(node) };
      node = this.#resolve(value);
      const keyWanted = (target === 'key' && depth === path.length - 1) || (isCollection(node) && node.flow !== true);
      offset = (keyWanted ? key : value)?.range?.[0] ?? key?.range?.[0] ?? value?.range?.[0] ?? offset;
    }
    return { offset, depth: path.length, scalar: isScalar(node) };
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
