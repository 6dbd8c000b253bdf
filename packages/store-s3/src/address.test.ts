import { describe, expect, it } from 'vitest';
import { placeOf } from './address.js';

const aws = { prefix: '', server: 'Amazon S3' };
const own = { endpoint: 'http://build-1:9000', region: 'us-east-1', server: 'http://build-1:9000' };

describe('placeOf', () => {
  it.each([
    ['s3://Runs', {}, { ...aws, bucket: 'Runs' }],
    ['s3://my_runs.2/a/b%20c//', { AWS_REGION: '' }, { ...aws, bucket: 'my_runs.2', prefix: 'a/b c/' }],
    ['s3://runs', { AWS_REGION: 'eu-west-1' }, { ...aws, bucket: 'runs', region: 'eu-west-1' }],
    ['s3://runs?region=eu-north-1', { AWS_REGION: 'eu-west-1' }, { ...aws, bucket: 'runs', region: 'eu-north-1' }],
    ['s3://runs/a?endpoint=http://build-1:9000', {}, { ...own, bucket: 'runs', prefix: 'a/' }],
    [
      's3://runs?endpoint=http%3A%2F%2Fbuild-1%3A9000%2F&region=home',
      { AWS_ENDPOINT_URL_S3: 'http://build-2:9000' },
      { ...own, bucket: 'runs', prefix: '', region: 'home' },
    ],
    [
      's3://runs',
      { AWS_ENDPOINT_URL_S3: 'http://build-1:9000', AWS_ENDPOINT_URL: 'http://build-2' },
      { ...own, bucket: 'runs', prefix: '' },
    ],
    ['s3://runs', { AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: 'http://build-1:9000' }, { ...own, bucket: 'runs', prefix: '' }],
    [
      's3://runs?endpoint=https://storage.example/s3/',
      { AWS_REGION: 'eu-west-1' },
      {
        bucket: 'runs',
        prefix: '',
        endpoint: 'https://storage.example/s3',
        region: 'eu-west-1',
        server: 'https://storage.example/s3',
      },
    ],
  ])('reads %s with %j', (address, environment, place) => {
    expect(placeOf(new URL(address), environment)).toEqual(place);
  });

  it.each([
    ['s3://', {}, 'The s3:// address of the store names no bucket.'],
    ['s3:///hunter2', {}, 'The s3:// address of the store names no bucket.'],
    ['s3://build-1:9000/hunter2', {}, 'The s3:// address of the store names a port, which is a part of the endpoint.'],
    ['s3://runs#hunter2', {}, 'The s3:// address of the store has a #, which is not read.'],
    ['s3://runs?secret=hunter2', {}, 'The s3:// address of the store has parameters other than endpoint and region.'],
    ['s3://runs?region=hunter2&region=b', {}, 'The s3:// address of the store has a parameter twice.'],
    ['s3://runs/100%', {}, 'The s3:// address of the store has a % that nothing is written with.'],
    ['s3://runs?endpoint=hunter2', {}, 'The endpoint of the store from its address is not a URL.'],
    ['s3://runs?endpoint=s3://hunter2', {}, 'The endpoint of the store from its address starts with neither http:// nor https://.'],
    ['s3://runs?endpoint=http://me:hunter2@build-1', {}, 'The endpoint of the store from its address holds credentials.'],
    ['s3://runs', { AWS_ENDPOINT_URL: 'http://me:hunter2@build-1' }, 'The endpoint of the store from AWS_ENDPOINT_URL holds credentials.'],
    [
      's3://runs',
      { AWS_ENDPOINT_URL_S3: 'http://build-1?key=hunter2' },
      'The endpoint of the store from AWS_ENDPOINT_URL_S3 has parameters, which are not read.',
    ],
  ])('refuses %s with %j, and shows none of it', (address, environment, message) => {
    expect(() => placeOf(new URL(address), environment)).toThrow(
      expect.objectContaining({ code: 'FARZI_CONFIG_INVALID', message }) as Error,
    );
  });
});
