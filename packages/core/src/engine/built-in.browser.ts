import type { EngineDefinition } from './engine.js';
import { onnxWebGpuEngine, onnxWebEngine } from './onnx/browser.js';

/** The engines of a page, in the order in which `auto` tries them. */
export const builtInEngines: readonly EngineDefinition[] = [onnxWebGpuEngine, onnxWebEngine];
