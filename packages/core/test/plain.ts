/** What the library computes on engines, in plain arithmetic. */

export function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** Rows of a matrix that is laid out flat. */
export function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  const all = Array.from(values);
  return Array.from({ length: all.length / width }, (_, row) => all.slice(row * width, (row + 1) * width));
}

/** `a · b` of two lists of rows. */
export function product(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) =>
    Array.from({ length: b[0]?.length ?? 0 }, (_, column) =>
      row.reduce((sum, value, at) => sum + value * (b[at]?.[column] ?? Number.NaN), 0),
    ),
  );
}

export function transposed(rows: readonly (readonly number[])[]): number[][] {
  return Array.from({ length: rows[0]?.length ?? 0 }, (_, column) => rows.map((row) => row[column] ?? Number.NaN));
}

/** Mean cross-entropy of rows of logits against rows of distributions, each row with a weight. */
export function crossEntropy(
  logits: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  weights: readonly number[],
): number {
  const losses = logits.map((row, index) => {
    const probabilities = softmax(row);
    return -(targets[index] ?? []).reduce((sum, target, at) => sum + target * Math.log(probabilities[at] ?? Number.NaN), 0);
  });
  const total = weights.reduce((a, b) => a + b, 0);
  return losses.reduce((sum, loss, index) => sum + loss * (weights[index] ?? Number.NaN), 0) / Math.max(1, total);
}

export const oneHot = (ids: ArrayLike<number>, size: number): number[][] =>
  Array.from(ids, (id) => Array.from({ length: size }, (_, at) => Number(at === id)));
