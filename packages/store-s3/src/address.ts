import { FarziError } from '@farzi/core';

/** A place in S3-compatible storage. */
export interface Place {
  readonly bucket: string;
  /** What the keys of all blobs start with: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Of a server; without one it is Amazon's. */
  readonly endpoint?: string;
  /** Without one it is what the client finds out. */
  readonly region?: string;
  /** What answers there, for messages. */
  readonly server: string;
}

/** What servers call the region they are in, if they are not Amazon's. */
const USUAL_REGION = 'us-east-1';

/** Shows nothing of what was given: there may be credentials anywhere in it. */
const invalid = (reason: string): FarziError =>
  new FarziError('FARZI_CONFIG_INVALID', `The s3:// address of the store ${reason}.`, {
    hint: 'Give one such as s3://bucket/prefix or s3://bucket?endpoint=http://host:9000&region=eu-west-1; credentials go into the environment.',
  });

/** A value that may be given in one of several places. */
type Sourced = readonly [source: string, value: string | undefined];

/** The first that is given. */
function endpointOf(places: readonly Sourced[]): string | undefined {
  const [source, text] = places.find(([, value]) => value !== undefined) ?? [];
  if (source === undefined || text === undefined) return undefined;
  const refuse = (reason: string): FarziError =>
    new FarziError('FARZI_CONFIG_INVALID', `The endpoint of the store from ${source} ${reason}.`, {
      hint: 'Give one such as http://host:9000; credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    });
  if (!URL.canParse(text)) throw refuse('is not a URL');
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol)) throw refuse('starts with neither http:// nor https://');
  if (url.username !== '' || url.password !== '') throw refuse('holds credentials');
  if (url.search !== '' || url.hash !== '') throw refuse('has parameters, which are not read');
  return url.href.replace(/\/$/, '');
}

function prefixOf(pathname: string): string {
  const path = pathname.replace(/^\/+|\/+$/g, '');
  if (path === '') return '';
  try {
    return `${decodeURIComponent(path)}/`;
  } catch {
    throw invalid('has a % that nothing is written with');
  }
}

/**
 * Reads an address such as `s3://bucket/prefix?endpoint=http://host:9000&region=eu-west-1`. What it leaves out is in the
 * environment, under the names that other programs know, too.
 *
 * @throws FARZI_CONFIG_INVALID
 */
export function placeOf(address: URL, environment: Readonly<Record<string, string | undefined>> = process.env): Place {
  const { hostname: bucket, port, pathname, searchParams, hash } = address;
  if (bucket === '') throw invalid('names no bucket');
  if (port !== '') throw invalid('names a port, which is a part of the endpoint');
  if (hash !== '') throw invalid('has a #, which is not read');
  const names = [...searchParams.keys()];
  if (names.some((name) => name !== 'endpoint' && name !== 'region')) throw invalid('has parameters other than endpoint and region');
  if (new Set(names).size < names.length) throw invalid('has a parameter twice');
  // a variable that is empty is not set
  const variables = new Map(Object.entries(environment).filter(([, value]) => value !== ''));
  const endpoint = endpointOf([
    ['its address', searchParams.get('endpoint') ?? undefined],
    ...['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].map((name): Sourced => [name, variables.get(name)]),
  ]);
  const region = searchParams.get('region') ?? variables.get('AWS_REGION') ?? (endpoint === undefined ? undefined : USUAL_REGION);
  return {
    bucket,
    prefix: prefixOf(pathname),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    server: endpoint ?? 'Amazon S3',
  };
}
