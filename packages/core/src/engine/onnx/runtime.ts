import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { FarziError } from '../../errors.js';

/** What `onnxruntime-node` exports. */
export type OnnxRuntime = typeof import('onnxruntime-node');

/**
 * ONNX Runtime reports how it is used: it writes a device id and a store of events to the user's cache, logs to the
 * temporary folder, and looks for a host to send them to. It asks for this variable when it is loaded.
 */
const SWITCH = 'ORT_DISABLE_TELEMETRY';

// In a worker thread process.env is a copy, which native code does not see: there, it is too late.
if (isMainThread) process.env[SWITCH] ??= '1';

/**
 * ONNX Runtime for Node.js, loaded without its telemetry, unless the user has set `ORT_DISABLE_TELEMETRY`. Import the
 * library with this and in no other way.
 *
 * @throws FARZI_ENGINE_UNAVAILABLE in a worker thread of a process that has not set the variable; what the import of
 *   the package throws
 */
export async function onnxRuntime(): Promise<OnnxRuntime> {
  if (process.env[SWITCH] === undefined) {
    throw new FarziError('FARZI_ENGINE_UNAVAILABLE', `This thread cannot set ${SWITCH}, without which ONNX Runtime sends telemetry.`, {
      hint: `Import @farzi/core before the worker thread is started, or start the process with ${SWITCH}=1.`,
    });
  }
  return import('onnxruntime-node');
}

/** The package's name and version. */
export function onnxRuntimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return `onnxruntime-node ${version}`;
}
