import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { SyntheticData, SyntheticShape } from './synthetic.js';
import type { SequenceWindows } from './windows.js';

/** What a teacher says about some windows. */
export interface TeacherFactors {
  /** Hidden states `[sequences · length, width]`. */
  readonly hidden: Float32Array;
  /** Output table `[vocabulary, width]`. */
  readonly table: Float32Array;
  readonly width: number;
}

/**
 * Synthetic data whose decoded targets are a teacher's predictions on real windows: hidden states times the output
 * table, in principal components. A rank below the teacher's width keeps the best approximation of its logits, up to a
 * constant per position, that such a rank allows; one above it has columns of zeros.
 *
 * For soft inputs the token at position t is the teacher's prediction from the tokens before it; the first token, which
 * nothing precedes, gets the mean of all latents.
 */
export function teacherSynthetic(shape: SyntheticShape, windows: SequenceWindows, factors: TeacherFactors): SyntheticData {
  const { latents, decoder } = factorise(factors, shape);
  const base = { ...shape, decoder: decoder.map((value) => value * shape.temperature), weights: windows.weights };
  return shape.inputs === 'hard' ? { ...base, latents, ids: windows.ids } : { ...base, latents: withFirstPosition(latents, shape) };
}

/**
 * Latents `[rows, rank]` and decoder `[rank, vocabulary]` with `latents · decoder ≈ hidden · tableᵀ` up to a constant
 * per row, which softmax does not see.
 */
function factorise(
  { hidden, table, width }: TeacherFactors,
  { rank, vocabularySize }: SyntheticShape,
): { latents: Float32Array; decoder: Float32Array } {
  const states = Matrix.from1DArray(hidden.length / width, width, hidden);
  const items = Matrix.from1DArray(vocabularySize, width, table);
  const centred = items.clone().subRowVector(items.mean('column'));
  // With the Gram matrix G of the items, hidden · itemsᵀ = (hidden · √G) · (items · √G⁻¹)ᵀ, and the columns of the
  // right factor are orthonormal: the best rank-r approximation keeps the leading eigenvectors of the left factor's
  // Gram matrix.
  const gram = new EigenvalueDecomposition(centred.transpose().mmul(centred), { assumeSymmetric: true });
  const values = gram.realEigenvalues.map((value) => Math.max(value, 1e-12));
  const power = (exponent: number): Matrix => {
    const vectors = gram.eigenvectorMatrix;
    return vectors.mmul(Matrix.diag(values.map((value) => value ** exponent))).mmul(vectors.transpose());
  };
  const root = power(0.5);
  const left = states.mmul(root);
  const principal = new EigenvalueDecomposition(left.transpose().mmul(left), { assumeSymmetric: true });
  const order = principal.realEigenvalues.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value);
  const basis = principal.eigenvectorMatrix.subMatrixColumn(order.slice(0, rank).map(({ index }) => index));
  const right = centred.mmul(power(-0.5)).mmul(basis);
  return balanced(padColumns(left.mmul(basis), rank), padColumns(right, rank));
}

/**
 * Scales columns so that each is as large in latents as in the decoder: outer steps, of much the same size everywhere,
 * then change logits by less in columns that say little.
 */
function balanced(latents: Matrix, right: Matrix): { latents: Float32Array; decoder: Float32Array } {
  const sizeOf = (matrix: Matrix, column: number): number => matrix.getColumnVector(column).norm('frobenius') / Math.sqrt(matrix.rows);
  for (let column = 0; column < latents.columns; column++) {
    const scale = Math.sqrt(sizeOf(right, column) / sizeOf(latents, column));
    if (!Number.isFinite(scale) || scale === 0) continue;
    latents.mulColumn(column, scale);
    right.mulColumn(column, 1 / scale);
  }
  return { latents: numbersOf(latents), decoder: numbersOf(right.transpose()) };
}

/** A rank above the teacher's width has columns that say nothing. */
function padColumns(matrix: Matrix, columns: number): Matrix {
  const padded = Matrix.zeros(matrix.rows, columns);
  padded.setSubMatrix(matrix, 0, 0);
  return padded;
}

/** The numbers of a matrix row by row, without an ordinary array between: one of more than 10⁸ numbers ends the process. */
function numbersOf(matrix: Matrix): Float32Array {
  const numbers = new Float32Array(matrix.rows * matrix.columns);
  for (let row = 0; row < matrix.rows; row++)
    for (let column = 0; column < matrix.columns; column++) numbers[row * matrix.columns + column] = matrix.get(row, column);
  return numbers;
}

/** Puts the mean latent before each sequence's own: `[sequences, length, rank]` → `[sequences, length + 1, rank]`. */
function withFirstPosition(latents: Float32Array, { sequences, length, rank }: SyntheticShape): Float32Array {
  const rows = sequences * length;
  const mean = new Float32Array(rank);
  for (let index = 0; index < latents.length; index++)
    mean[index % rank] = (mean[index % rank] as number) + (latents[index] as number) / rows;
  const result = new Float32Array(sequences * (length + 1) * rank);
  for (let sequence = 0; sequence < sequences; sequence++) {
    result.set(mean, sequence * (length + 1) * rank);
    result.set(latents.subarray(sequence * length * rank, (sequence + 1) * length * rank), (sequence * (length + 1) + 1) * rank);
  }
  return result;
}
