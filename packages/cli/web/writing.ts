import { continuing, type Engine, type Student, type Tokenizer } from '@farzi/core/browser';
import { restoreTokenizer } from '@farzi/datasets/tokenizers';
import { element, panel, status } from './dom.js';
import type { Site } from './site.js';
import type { Audience } from './training.js';

/** Tokens of a continuation. */
const LONGEST = 200;

/** A panel in which a visitor types a prompt and watches the student go on. */
export class Writing implements Audience {
  readonly panels: readonly HTMLElement[];
  readonly #tokenizer: Tokenizer;
  readonly #prompt = element('textarea', { id: 'prompt', rows: 3 });
  readonly #go = element('button', { className: 'primary', textContent: 'Continue', disabled: true, id: 'continue' });
  readonly #stop = element('button', { textContent: 'Stop', disabled: true });
  readonly #written = element('p', { className: 'written' });
  readonly #said = status();
  #current: { readonly student: Student; readonly engine: Engine } | undefined;
  #stopped = false;
  #seed = 1;

  constructor({ synthetic }: Site) {
    this.#tokenizer = restoreTokenizer(synthetic.tokenizer, synthetic.vocabulary);
    this.#said.textContent = 'Train a student first.';
    this.#go.addEventListener('click', () => void this.#write());
    this.#stop.addEventListener('click', () => (this.#stopped = true));
    this.panels = [
      panel(
        'Continue a text',
        element('label', { htmlFor: 'prompt', textContent: 'Beginning' }),
        this.#prompt,
        element('div', { className: 'row' }, this.#go, this.#stop),
        this.#said,
        this.#written,
      ),
    ];
  }

  show(student: Student, engine: Engine): Promise<void> {
    this.#current = { student, engine };
    if (this.#stop.disabled) this.#go.disabled = false;
    if (this.#said.textContent === 'Train a student first.') this.#said.textContent = '';
    return Promise.resolve();
  }

  async #write(): Promise<void> {
    if (this.#current === undefined) return;
    const { student, engine } = this.#current;
    this.#go.disabled = true;
    this.#stop.disabled = this.#stopped = false;
    this.#said.textContent = '';
    this.#said.classList.remove('wrong');
    try {
      const request = { prompt: this.#prompt.value, tokens: LONGEST, temperature: 0.8, topK: 40, seed: this.#seed++ };
      for await (const text of continuing(student, this.#tokenizer, engine, request)) {
        this.#written.textContent = text;
        if (this.#stopped) break;
      }
      this.#said.textContent = 'Written.';
    } catch (error) {
      this.#said.textContent = error instanceof Error ? error.message : String(error);
      this.#said.classList.add('wrong');
    } finally {
      this.#go.disabled = false;
      this.#stop.disabled = true;
    }
  }
}
