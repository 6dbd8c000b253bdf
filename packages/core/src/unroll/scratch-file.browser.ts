import type { openScratchFile as openScratchFileOfNode } from './scratch-file.js';

/** Where scratch files would be, for messages. */
export const scratchFolder = (): string => 'a page';

/** A page has none: what does not fit into the budget cannot be put aside. */
export const openScratchFile: typeof openScratchFileOfNode = () => Promise.reject(new Error('A page has no scratch files.'));
