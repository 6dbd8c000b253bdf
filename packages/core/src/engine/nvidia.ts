import { existsSync } from 'node:fs';

/** What the driver of an NVIDIA GPU is asked through, on Linux. */
export const NVIDIA_DEVICE = '/dev/nvidiactl';

/**
 * Where the driver of an NVIDIA GPU shows: its device files on Linux, the paravirtual GPU of WSL, the driver's library
 * on Windows.
 */
const traces: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [NVIDIA_DEVICE, '/dev/nvhost-gpu', '/usr/lib/wsl/lib/libcuda.so.1'],
  win32: ['C:\\Windows\\System32\\nvcuda.dll'],
};

/**
 * Why no engine can compute on an NVIDIA GPU here; undefined where its driver is seen. Whether CUDA works is for
 * whoever loads it to find out.
 */
export function gpuObstacle(): string | undefined {
  const places = traces[process.platform];
  if (places === undefined) return `CUDA does not run on ${process.platform}.`;
  return places.some((path) => existsSync(path))
    ? undefined
    : `There is no NVIDIA GPU here, or no driver for it (none of ${places.join(', ')}).`;
}
