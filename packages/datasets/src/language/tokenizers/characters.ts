import { unknownSymbol } from '../symbols.js';
import { replacementCharacter, type Segmentation } from './segmentation.js';

/** Unicode code points. `<unk>` becomes U+FFFD in text. */
export const characters: Segmentation = {
  description: 'characters (Unicode code points)',
  marksEnds: false,
  complete: (document) => document,
  // Iterating a string yields its code points.
  cut: (text) => text,
  join: (symbols) => symbols.map((symbol) => (symbol === unknownSymbol ? replacementCharacter : symbol)).join(''),
  charactersOf: () => 1,
};
