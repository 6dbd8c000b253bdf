import { existsSync } from 'node:fs';

/** Where packages of Chromium and Chrome put SwiftShader, which makes a Vulkan device of a CPU. */
const places = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'].map(
  (folder) => `${folder}/vk_swiftshader_icd.json`,
);

// Where there is no GPU, WebGPU is tested with that. Vulkan's loader reads the variable when it is loaded; older ones
// know it by its second name.
const hasGpu = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
const driver = hasGpu ? undefined : places.find((path) => existsSync(path));
if (driver !== undefined) {
  process.env['VK_DRIVER_FILES'] ??= driver;
  process.env['VK_ICD_FILENAMES'] ??= driver;
}
