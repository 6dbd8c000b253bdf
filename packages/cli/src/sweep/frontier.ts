/** What synthetic data cost and what they are worth. */
export interface Cost {
  readonly bytes: number;
  readonly retention: number;
}

/** Those that no other one beats with as few bytes or fewer, by their bytes. */
export function frontier<T extends Cost>(all: readonly T[]): T[] {
  const sorted = all.toSorted((one, other) => one.bytes - other.bytes || other.retention - one.retention);
  let most = -Infinity;
  return sorted.filter(({ retention }) => {
    if (!(retention > most)) return false;
    most = retention;
    return true;
  });
}
