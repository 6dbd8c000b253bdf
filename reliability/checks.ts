import { bombs } from './bombs.js';
import type { Check } from './check.js';
import { damage } from './damage.js';
import { disk } from './disk.js';
import { downloads } from './downloads.js';
import { kills } from './kills.js';
import { mutants } from './mutants.js';
import { outside } from './outside.js';
import { processes } from './processes.js';
import { signals } from './signals.js';

/** Every kind of trouble; another one is a file and a row here. */
export const checks: readonly Check[] = [kills, signals, processes, disk, damage, mutants, bombs, downloads, outside];
