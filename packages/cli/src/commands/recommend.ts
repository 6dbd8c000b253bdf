import { loadStudent, readHistory } from '@farzi/core';
import { columns } from '../columns.js';
import { type EngineOptions, onEngine } from '../engine.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { type PluginOptions, registryOf } from '../prepare.js';

/** Options of `farzi recommend`. */
export interface RecommendOptions extends PluginOptions, EngineOptions {
  /** Names or titles, with commas between them. */
  readonly history: string;
  /** Entries of the list. */
  readonly top: number;
  readonly json?: boolean;
}

/** Lists what a student expects after a history. */
export async function recommend(path: string, options: RecommendOptions, { stdout }: Io): Promise<number> {
  const registry = await registryOf(options);
  const student = await loadStudent(path, { models: registry.all('model') });
  const { vocabulary, titles } = student;
  const tokens = readHistory(options.history, student);
  const [list = []] = await onEngine(registry, options, (engine) => student.topK([tokens], { k: options.top, engine }));
  if (options.json === true) {
    const history = tokens.map((token) => ({ token, name: vocabulary[token], ...(titles === undefined ? {} : { title: titles[token] }) }));
    stdout.write(`${JSON.stringify({ student: path, history, recommendations: list }, null, 2)}\n`);
    return exitCodes.ok;
  }
  const oneLine = (text: string): string => text.replaceAll('\n', ' ');
  const rows = list.map(({ name, title, score }, place) => [
    String(place + 1).padStart(String(list.length).length),
    ...(title === undefined ? [] : [oneLine(title)]),
    oneLine(name),
    score.toFixed(3),
  ]);
  stdout.write(columns([['', ...(titles === undefined ? [] : ['TITLE']), 'NAME', 'SCORE'], ...rows]));
  return exitCodes.ok;
}
