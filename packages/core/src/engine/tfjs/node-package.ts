import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The packages that bring TensorFlow's C library; optional peer dependencies, which nothing else needs. */
export type NodePackage = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

/** The version that goes with our TensorFlow.js. */
export const NODE_PACKAGE_VERSION = '4.22.0';
const ADDON = 'tfjs_binding.node';
/** Lacks functions that the packages call: https://github.com/tensorflow/tfjs/issues/8609 */
const FIRST_NODE_TOO_NEW = 23;

/** Why a version of Node (`20.19.0`) cannot run the packages. */
export function versionObstacle(name: NodePackage, node: string): string | undefined {
  if (Number.parseInt(node, 10) < FIRST_NODE_TOO_NEW) return undefined;
  return `The package ${name} ${NODE_PACKAGE_VERSION} needs Node ${FIRST_NODE_TOO_NEW - 1} or older, and this is ${node} (tensorflow/tfjs issue 8609).`;
}

/** Where a package is installed for this one. */
export function folderOf(name: NodePackage): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Why a package in a folder cannot be loaded, as far as its files tell: its import fails late and takes a second. */
export function installationObstacle(name: NodePackage, folder: string | undefined): string | undefined {
  if (folder === undefined) return `The package ${name} is not installed.`;
  return hasAddon(folder) ? undefined : `The package ${name} is installed without its native addon (no lib/*/${ADDON} in ${folder}).`;
}

/** The package looks for its addon in folders named after versions of Node-API. */
function hasAddon(folder: string): boolean {
  const lib = join(folder, 'lib');
  try {
    return readdirSync(lib).some((version) => readdirSync(join(lib, version)).includes(ADDON));
  } catch {
    return false;
  }
}
