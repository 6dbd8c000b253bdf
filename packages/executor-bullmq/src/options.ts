import type { GivenOptions } from '@farzi/core';

/** Options of the executor. */
export const optionsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['store'],
  properties: {
    url: {
      type: 'string',
      description:
        'of the Redis or PostgreSQL server, as in redis://host:6379 or postgres://user@host/database, without its password (default: FARZI_QUEUE_URL, which may hold one)',
    },
    store: {
      type: 'string',
      minLength: 1,
      description: 'what values go through: a folder that this machine and all workers share, or an address such as s3://bucket/prefix',
    },
    queue: { type: 'string', default: 'farzi', pattern: '^[\\w.-]+$', description: 'name of the queue' },
    atOnce: { type: 'integer', minimum: 1, default: 256, description: 'jobs of one run that are in the queue at the same time' },
  },
} as const;

/** Where a queue is. */
export type QueueOptions = Pick<GivenOptions<typeof optionsSchema>, 'url'> & { readonly store: string; readonly queue: string };
