// How text becomes tokens and back, for pages: this entry needs no Node.js.
export { restoreTokenizer } from './language/tokenizers/tokenizer.js';
