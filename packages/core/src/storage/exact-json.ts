/** JSON has no NaN and no infinities, and would write all three as null. They are written as these words. */
const words = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY } as const;

const isWord = (value: unknown): value is keyof typeof words => typeof value === 'string' && Object.hasOwn(words, value);

/** JSON in which numbers that are not finite are the words `NaN`, `Infinity` and `-Infinity`. */
export function stringifyExact(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'number' && !Number.isFinite(each) ? String(each) : each), indent);
}

/** Reads what {@link stringifyExact} wrote; throws a SyntaxError for anything that is not JSON. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, each: unknown) => (isWord(each) ? words[each] : each));
}
