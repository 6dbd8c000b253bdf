import {
  builtInEngines,
  type Engine,
  encodeStudent,
  isForAuto,
  type Student,
  selectEngine,
  surveyEngines,
  trainStudent,
} from '@farzi/core/browser';
import { LossChart, type Point } from './chart.js';
import { element, panel, status } from './dom.js';
import type { Site } from './site.js';

/** Steps between looks at the student. */
const LOOK_EVERY = 10;

/** What the rest of the page makes of a student. */
export interface Audience {
  /** The student as it stands, while it is trained and afterwards. */
  show(student: Student, engine: Engine): Promise<void>;
}

const engineNames: Readonly<Record<string, string>> = { 'onnx-webgpu': 'GPU (WebGPU)', 'onnx-web': 'CPU (WebAssembly)' };

/** The panel that trains a student, and what became of it. */
export async function trainingPanel({ description, synthetic, model }: Site, audience: Audience): Promise<HTMLElement> {
  const survey = await surveyEngines(builtInEngines);
  const choice = element('select', { id: 'engine' });
  const preferred = survey.find(({ availability }) => isForAuto(availability))?.id;
  for (const { id, availability } of survey) {
    const option = element('option', { value: id, textContent: engineNames[id] ?? id, disabled: !availability.usable });
    if (!availability.usable) option.title = availability.reason;
    option.selected = id === preferred;
    choice.append(option);
  }
  const refusals = survey.flatMap(({ id, availability }) =>
    availability.usable ? [] : [`${engineNames[id] ?? id}: ${availability.reason}`],
  );
  const train = element('button', { className: 'primary', textContent: 'Train a student', id: 'train' });
  const stop = element('button', { textContent: 'Stop', disabled: true });
  const save = element('button', { textContent: 'Save the student', disabled: true, id: 'save' });
  const progress = element('progress', { max: 1, value: 0 });
  progress.setAttribute('aria-label', 'Training');
  const chart = new LossChart();
  const said = status();
  said.textContent = 'Nothing was trained yet.';
  let trained: Student | undefined;
  let engine: { readonly id: string; readonly engine: Engine } | undefined;
  let abort: AbortController | undefined;

  const engineOf = async (id: string): Promise<Engine> => {
    if (engine?.id === id) return engine.engine;
    await engine?.engine.dispose();
    const made = await selectEngine(builtInEngines, id, 0);
    engine = { id, engine: made.engine };
    return made.engine;
  };

  const run = async (): Promise<void> => {
    train.disabled = save.disabled = choice.disabled = true;
    stop.disabled = false;
    said.classList.remove('wrong');
    said.textContent = 'Compiling …';
    abort = new AbortController();
    const points: Point[] = [];
    let steps = 1;
    try {
      const on = await engineOf(choice.value);
      const started = performance.now();
      const student = await trainStudent({
        engine: on,
        data: synthetic,
        model,
        seed: description.seed,
        training: { ...description.training, evaluateEvery: LOOK_EVERY },
        signal: abort.signal,
        onPhase: (_phase, { total = 1 }) => (steps = total),
        onProgress: ({ done, detail }) => {
          progress.value = done / steps;
          said.textContent = `Step ${done} of ${steps}, ${detail}.`;
        },
        onMeasurement: ({ step, values }) => {
          points.push({ step, value: values['loss'] ?? Number.NaN });
          chart.draw(points, steps);
        },
        onStudent: (current) => audience.show(current, on),
      });
      trained = student;
      await audience.show(student, on);
      said.textContent = `Trained from scratch in ${((performance.now() - started) / 1000).toFixed(1)} s (${student.training?.steps ?? 0} steps).`;
      save.disabled = false;
    } catch (error) {
      const stopped = abort.signal.aborted;
      said.textContent = stopped ? 'Stopped.' : error instanceof Error ? error.message : String(error);
      said.classList.toggle('wrong', !stopped);
    } finally {
      train.disabled = choice.disabled = false;
      stop.disabled = true;
    }
  };
  train.addEventListener('click', () => void run());
  stop.addEventListener('click', () => abort?.abort());
  save.addEventListener('click', () => {
    if (trained === undefined) return;
    const address = URL.createObjectURL(new Blob([encodeStudent(trained) as Uint8Array<ArrayBuffer>]));
    element('a', { href: address, download: 'student.safetensors' }).click();
    URL.revokeObjectURL(address);
  });
  const threads = globalThis.crossOriginIsolated
    ? ''
    : 'One thread: a server that isolates the page (Cross-Origin-Opener-Policy and -Embedder-Policy) would give it all cores.';
  return panel(
    'Train',
    element('div', { className: 'row' }, element('label', { htmlFor: 'engine', textContent: 'on' }), choice, train, stop),
    progress,
    said,
    chart.element,
    element('div', { className: 'row' }, save),
    ...[...refusals, threads].filter((line) => line !== '').map((line) => element('p', { className: 'muted', textContent: line })),
  );
}
