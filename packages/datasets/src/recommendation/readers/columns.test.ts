import { describe, expect, it } from 'vitest';
import { errorFrom } from '../../../test/support/rejection.js';
import { findColumns } from './columns.js';

const header = ['userId', 'movieId', 'rating', 'timestamp'];
const path = '/data/ratings.csv';

describe('findColumns', () => {
  it('takes names and 0-based indexes', () => {
    const columns = findColumns({ user: 'userId', item: 1, timestamp: 'timestamp' }, header, path);
    expect([columns.user.index, columns.item.index, columns.timestamp?.index]).toEqual([0, 1, 3]);
    expect(columns.item.label).toBe('column 2 (movieId)');
  });

  it('takes indexes without a header', () => {
    expect(findColumns({ user: 1, item: 0 }, undefined, path)).toEqual({
      user: { role: 'user', index: 1, label: 'column 2' },
      item: { role: 'item', index: 0, label: 'column 1' },
    });
  });

  it.each([[header], [['user_id', 'item_id', 'rating', 'timestamp']], [['UserID', 'Product-ID', 'x', 'Unix_Time']]])(
    'finds the usual names in %j',
    (names) => {
      const columns = findColumns(undefined, names, path);
      expect([columns.user.index, columns.item.index, columns.timestamp?.index]).toEqual([0, 1, 3]);
    },
  );

  it('does without a timestamp', () => {
    expect(findColumns(undefined, ['user', 'item'], path).timestamp).toBeUndefined();
    expect(findColumns({ user: 'userId', item: 'movieId' }, header, path).timestamp).toBeUndefined();
  });
});

describe('findColumns refuses', () => {
  it('a name the header lacks, with the nearest one', () => {
    expect(errorFrom(() => findColumns({ user: 'user_id', item: 'movieId' }, header, path))).toEqual({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message: 'The header of /data/ratings.csv has no column "user_id" (user). It has: userId, movieId, rating, timestamp.',
      hint: 'Did you mean "userId"?',
    });
  });

  it('a name nothing in the header resembles', () => {
    expect(errorFrom(() => findColumns({ user: 'customer', item: 'movieId' }, header, path)).hint).toBe(
      'Mind capitals and the delimiter, or give a 0-based index.',
    );
  });

  it('an index beyond the header', () => {
    expect(errorFrom(() => findColumns({ user: 0, item: 4 }, header, path))).toEqual({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message:
        'The file /data/ratings.csv has no column with index 4 (item): its header has 4 columns: userId, movieId, rating, timestamp.',
      hint: 'Count indexes from 0.',
    });
  });

  it('to guess from names that mean nothing to it', () => {
    expect(errorFrom(() => findColumns(undefined, ['B00005N7P0', 'AH2IFH762VY5U'], path))).toEqual({
      code: 'FARZI_DATA_MISSING_COLUMN',
      message: 'Cannot tell which column of /data/ratings.csv is the user. Its header has: B00005N7P0, AH2IFH762VY5U.',
      hint: 'Name them, for example columns: { user: customer, item: product, timestamp: date }. If the first line is data already, set header: false and give 0-based indexes.',
    });
  });

  it('names without a header', () => {
    expect(errorFrom(() => findColumns({ user: 'userId', item: 1 }, undefined, path))).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The option columns.user is "userId", but /data/ratings.csv is read without a header, so its columns have no names.',
      hint: 'Give the 0-based index of the user column, or set header: true.',
    });
  });

  it('to guess without a header', () => {
    expect(errorFrom(() => findColumns(undefined, undefined, path))).toEqual({
      code: 'FARZI_CONFIG_INVALID',
      message: 'The option columns is missing, and /data/ratings.csv is read without a header that would tell.',
      hint: 'Give 0-based indexes, for example columns: { user: 0, item: 1, timestamp: 3 }.',
    });
  });
});
