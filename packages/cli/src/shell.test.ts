import { expect, it } from 'vitest';
import { commandLine } from './shell.js';

it('quotes what a shell would take apart', () => {
  expect(commandLine(['farzi', 'run', 'a b.yaml', '--set', 'a.b=[1, 2]', "it's", '--out', 'runs/x-1', ''])).toBe(
    "farzi run 'a b.yaml' --set 'a.b=[1, 2]' 'it'\\''s' --out runs/x-1 ''",
  );
});
