/** Where onnxruntime-web finds its WebAssembly in a page: where its own files are, unless this says a folder's URL. */
let assets: string | undefined;

/** Says where the files `ort-wasm-*` of onnxruntime-web are: a folder's URL, with a slash at its end. */
export function setOnnxRuntimeAssets(folder: string): void {
  assets = folder;
}

/** What was said. */
export const onnxRuntimeAssets = (): string | undefined => assets;
