import { resolve } from 'node:path';
import type { Io } from './io.js';

/** What every command that loads data takes. */
export interface DataOptions {
  readonly dataDir?: string;
}

/** Folders that may hold data files already: the one that is given, then the one that FARZI_DATA_HOME names. */
export const dataDirectoriesOf = ({ dataDir }: DataOptions, { environment }: Pick<Io, 'environment'>): string[] =>
  [dataDir, environment['FARZI_DATA_HOME']].flatMap((each) => (each === undefined || each === '' ? [] : [resolve(each)]));
