import { FarziError } from '@farzi/core';
import type { mergeTable as mergeTableOfNode } from './merge-table.js';

/** A page does without the table of half a megabyte. */
export const mergeTable: typeof mergeTableOfNode = () => {
  throw new FarziError('FARZI_RUN_INCOMPLETE', 'Subwords are not cut in a page.', {
    hint: 'Distil the text by words or characters for that.',
  });
};
