import type { RowAim } from '../codec.js';

/**
 * Rounds the numbers of a row one after the other, the last first; each makes up for what those before it have lost, as
 * far as an error of one number can be undone by another.
 *
 * An error e costs |rootᵀ · e|², and number k is the last that changes component k of that: it is rounded from where the
 * component would be 0 (Babai's nearest plane).
 *
 * @param round - to a number that can be stored in a place of the row
 */
export function roundedTogether({ values, root }: RowAim, round: (value: number, place: number) => number): Float64Array {
  const size = values.length;
  const rounded = new Float64Array(size);
  for (let place = size - 1; place >= 0; place--) {
    let lost = 0;
    for (let later = place + 1; later < size; later++)
      lost += (root[later * size + place] as number) * ((values[later] as number) - (rounded[later] as number));
    rounded[place] = round((values[place] as number) + lost / (root[place * size + place] as number), place);
  }
  return rounded;
}
