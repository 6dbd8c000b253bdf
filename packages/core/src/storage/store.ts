import { resolve } from 'node:path';
import { FarziError } from '../errors.js';
import { type BlobStore, FolderBlobs } from './blobs.js';

/** A kind of places where machines share blobs, each named by an address such as `s3://bucket/prefix`. */
export interface StoreDefinition {
  /** What addresses start with, in small letters and without the colon: `s3`. */
  readonly id: string;
  /** Finds what is wrong with an address, before anything is written. */
  check?(address: URL): void;
  /**
   * Finds out whether a place is there and lets us in, trying once: who has mistyped an address should not wait.
   *
   * @throws FARZI_STORE_UNREACHABLE
   */
  reach?(address: URL): Promise<void>;
  /** Blobs at a place, which may be out of reach for a while. */
  open(address: URL): BlobStore | Promise<BlobStore>;
}

const SCHEME = /^([a-z][a-z\d+.-]*):\/\//i;

/** Packages that are known to bring stores. */
const PACKAGES: Readonly<Record<string, string>> = { s3: '@farzi/store-s3' };

/** A location as everybody finds it: addresses are what they are, paths of folders start at one of them. */
export const absoluteLocation = (location: string, folder: string): string =>
  SCHEME.test(location) ? location : resolve(folder, location);

/** A place that an address names. */
interface Place {
  readonly definition: StoreDefinition;
  readonly address: URL;
}

/** What an address names; `undefined` for the path of a folder. Shows none of it: there may be a password in it. */
function placeOf(location: string, stores: readonly StoreDefinition[]): Place | undefined {
  const id = SCHEME.exec(location)?.[1]?.toLowerCase();
  if (id === undefined) return undefined;
  const definition = stores.find((store) => store.id === id);
  if (definition === undefined) {
    throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `No loaded plugin keeps values at ${id}:// addresses.`, {
      hint: `List ${PACKAGES[id] ?? 'the plugin that does'} under plugins, or name it with --plugin; folders are named by their paths.`,
    });
  }
  if (!URL.canParse(location)) {
    throw new FarziError('FARZI_CONFIG_INVALID', `The ${id}:// address of the store is not a URL.`, {
      hint: 'Write what is special in URLs with %, such as %20 for a space.',
    });
  }
  const address = new URL(location);
  if (address.username !== '' || address.password !== '') {
    throw new FarziError('FARZI_CONFIG_INVALID', `The ${id}:// address of the store holds credentials.`, {
      hint: 'Take them out: configurations are copied into run directories, and command lines are seen by others.',
    });
  }
  return { definition, address };
}

/**
 * Finds what is wrong with a location, before anything is written.
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_INVALID
 */
export function checkLocation(location: string, stores: readonly StoreDefinition[]): void {
  const place = placeOf(location, stores);
  place?.definition.check?.(place.address);
}

/**
 * Blobs in a folder, or where a plugin keeps them.
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN, FARZI_CONFIG_INVALID
 */
export async function openBlobs(location: string, stores: readonly StoreDefinition[]): Promise<BlobStore> {
  const place = placeOf(location, stores);
  return place === undefined ? new FolderBlobs(location) : place.definition.open(place.address);
}

/**
 * The same, of a place that was found to be there.
 *
 * @throws FARZI_STORE_UNREACHABLE as well
 */
export async function reachBlobs(location: string, stores: readonly StoreDefinition[]): Promise<BlobStore> {
  const place = placeOf(location, stores);
  await place?.definition.reach?.(place.address);
  return openBlobs(location, stores);
}
