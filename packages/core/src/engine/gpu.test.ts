import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gpus } from './gpu.js';

describe('gpus', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'farzi-gpus-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const file = (path: string, content = ''): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const linux = (): string[] => gpus({ platform: 'linux', architecture: 'x64', root });
  const card = (index: number, vendor: string, device: string): void => {
    file(`sys/class/drm/renderD${index}/device/vendor`, `${vendor}\n`);
    file(`sys/class/drm/renderD${index}/device/device`, `${device}\n`);
  };

  it('finds none where the system shows none', () => {
    expect(linux()).toEqual([]);
  });

  it("tells an NVIDIA GPU by its driver's name for it, and others by vendor", () => {
    file('proc/driver/nvidia/gpus/0000:01:00.0/information', 'Model: \t NVIDIA H100\nIRQ: 12\n');
    card(128, '0x10de', '0x2330');
    card(129, '0x8086', '0x56a0');
    expect(linux()).toEqual(['NVIDIA H100', 'Intel 0x56a0']);
  });

  it('knows an NVIDIA GPU in a container that sees its device and nothing else', () => {
    file('dev/nvidiactl');
    expect(linux()).toEqual(['NVIDIA']);
  });

  it('passes over the cards of virtual machines', () => {
    card(128, '0x1af4', '0x1050');
    expect(linux()).toEqual([]);
  });

  it("knows the GPU of Windows in its Linux, and Apple's", () => {
    file('dev/dxg');
    expect(linux()).toEqual(['the GPU of Windows']);
    expect(gpus({ platform: 'darwin', architecture: 'arm64', root })).toEqual(['Apple GPU']);
    expect(gpus({ platform: 'darwin', architecture: 'x64', root })).toEqual([]);
  });
});
