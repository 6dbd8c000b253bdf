/**
 * Products of columns, `[width, width]`: number [i, j] is the sum of what columns i and j have, times each other. Both halves
 * are filled. Four columns are looked at in one pass: reading numbers is what takes time.
 *
 * @param columns - `[width, count]`, one after the other; `width` is a multiple of 4
 */
export function gramOf(columns: Float64Array, width: number, count: number): Float64Array {
  const gram = new Float64Array(width * width);
  for (let from = 0; from < width; from += 4) {
    const [first, second, third, fourth] = [from * count, (from + 1) * count, (from + 2) * count, (from + 3) * count];
    for (let other = 0; other < from + 4; other++) {
      const start = other * count;
      let [one, two, three, four] = [0, 0, 0, 0];
      for (let at = 0; at < count; at++) {
        const factor = columns[start + at] as number;
        one += (columns[first + at] as number) * factor;
        two += (columns[second + at] as number) * factor;
        three += (columns[third + at] as number) * factor;
        four += (columns[fourth + at] as number) * factor;
      }
      [one, two, three, four].forEach((sum, index) => {
        gram[(from + index) * width + other] = sum;
        gram[other * width + from + index] = sum;
      });
    }
  }
  return gram;
}

/** The lower triangular L with LLᵀ = a symmetric positive definite matrix, row-major. */
export function choleskyOf(matrix: Float64Array, size: number): Float64Array {
  const root = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column] as number;
      for (let at = 0; at < column; at++) rest -= (root[row * size + at] as number) * (root[column * size + at] as number);
      root[row * size + column] = row === column ? Math.sqrt(rest) : rest / (root[column * size + column] as number);
    }
  return root;
}

/** The x of LLᵀ x = right, L lower triangular. */
export function solvedBy(root: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const solution = right.slice();
  for (let row = 0; row < size; row++) {
    let rest = solution[row] as number;
    for (let at = 0; at < row; at++) rest -= (root[row * size + at] as number) * (solution[at] as number);
    solution[row] = rest / (root[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let rest = solution[row] as number;
    for (let at = row + 1; at < size; at++) rest -= (root[at * size + row] as number) * (solution[at] as number);
    solution[row] = rest / (root[row * size + row] as number);
  }
  return solution;
}
