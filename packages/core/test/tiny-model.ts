export { tinyModel, type TinyOptions } from '../src/testing/tiny-model.js';
