import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NVIDIA_DEVICE } from './nvidia.js';

/** Where a system shows its GPUs: other roots in tests. */
export interface GpuPlaces {
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  /** In place of `/`. */
  readonly root: string;
}

const here: GpuPlaces = { platform: process.platform, architecture: process.arch, root: '/' };

/** Vendors of GPUs by what PCI calls them. Cards of others, such as those of virtual machines, compute nothing themselves. */
const vendors: Readonly<Record<string, string>> = {
  '0x10de': 'NVIDIA',
  '0x1002': 'AMD',
  '0x8086': 'Intel',
  '0x13b5': 'Arm',
  '0x5143': 'Qualcomm',
};

const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);
const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '');

function linuxGpus(root: string): string[] {
  const driver = join(root, 'proc/driver/nvidia/gpus');
  const named = entries(driver).flatMap((gpu) => /^Model:\s*(.+)$/m.exec(text(join(driver, gpu, 'information')))?.[1] ?? []);
  const drm = join(root, 'sys/class/drm');
  const others = entries(drm).flatMap((entry) => {
    if (!entry.startsWith('renderD')) return [];
    const vendor = vendors[text(join(drm, entry, 'device/vendor'))];
    const isNamed = vendor === 'NVIDIA' && named.length > 0;
    return vendor === undefined || isNamed ? [] : [`${vendor} ${text(join(drm, entry, 'device/device'))}`];
  });
  // a container may see the driver's device and nothing of /proc
  const shown = [...named, ...others].some((name) => name.startsWith('NVIDIA'));
  const unnamed = !shown && existsSync(join(root, NVIDIA_DEVICE)) ? ['NVIDIA'] : [];
  const windows = existsSync(join(root, 'dev/dxg')) ? ['the GPU of Windows'] : [];
  return [...named, ...unnamed, ...others, ...windows];
}

/**
 * The GPUs that this machine shows, by name as far as it is known. WebGPU asks drivers itself, and does not tell which it
 * took.
 */
export function gpus({ platform, architecture, root }: GpuPlaces = here): string[] {
  if (platform === 'linux') return linuxGpus(root);
  if (platform === 'darwin') return architecture === 'arm64' ? ['Apple GPU'] : [];
  return platform === 'win32' ? ['what Direct3D 12 finds'] : [];
}
