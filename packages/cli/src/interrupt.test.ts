import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { Interrupt } from './interrupt.js';

function start() {
  const signals = new EventEmitter();
  const events: string[] = [];
  let time = 100;
  const interrupt = new Interrupt(
    { signals, now: () => time, exit: (code) => events.push(`exit ${code}`) },
    () => events.push('notice'),
    () => events.push('tidy'),
  );
  const send = (name: 'SIGINT' | 'SIGTERM', at: number): void => {
    time = at;
    signals.emit(name);
  };
  return { signals, events, interrupt, send };
}

it('the first signal aborts', () => {
  const { interrupt, events, send } = start();
  expect(interrupt.signal.aborted).toBe(false);
  send('SIGINT', 200);
  expect(interrupt.signal.aborted).toBe(true);
  expect(events).toEqual(['notice']);
});

it('a repetition within a second is the same interruption; a later one ends the process', () => {
  const { events, send } = start();
  send('SIGTERM', 200);
  send('SIGINT', 1200);
  expect(events).toEqual(['notice']);
  send('SIGINT', 1201);
  expect(events).toEqual(['notice', 'tidy', 'exit 130']);
});

it('leaves no listeners behind', () => {
  const { interrupt, signals } = start();
  interrupt.dispose();
  expect(signals.eventNames()).toEqual([]);
});
