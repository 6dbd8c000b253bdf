import type { Engine, Student } from '@farzi/core/browser';
import { element, panel, status } from './dom.js';
import type { Site } from './site.js';
import type { Audience } from './training.js';

/** Items found that are shown. */
const FOUND = 8;
/** Items of the list. */
const LISTED = 10;

/** What a history is searched and written with. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase();

/** Panels in which a visitor chooses items and gets recommendations. */
export class Recommendations implements Audience {
  readonly panels: readonly HTMLElement[];
  readonly #names: readonly string[];
  readonly #searched: readonly string[];
  readonly #history: number[] = [];
  readonly #found = element('ul', { className: 'choices' });
  readonly #chosen = element('ul', { className: 'history' });
  readonly #list = element('ol', { className: 'list' });
  readonly #count = status();
  readonly #note = status();
  readonly #search = element('input', { type: 'search', id: 'search', autocomplete: 'off' });
  #current: { readonly student: Student; readonly engine: Engine } | undefined;
  /** Lists are made one after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor({ synthetic }: Site) {
    this.#names = synthetic.titles ?? synthetic.vocabulary;
    this.#searched = this.#names.map(plain);
    this.#search.addEventListener('input', () => {
      this.#find();
    });
    this.#find();
    this.#told();
    this.panels = [
      panel(
        'Your history',
        element('p', { className: 'muted', textContent: 'The oldest first:' }),
        this.#chosen,
        element('label', { htmlFor: 'search', textContent: `Search ${this.#names.length} items` }),
        this.#search,
        this.#count,
        this.#found,
      ),
      panel('Recommendations', this.#note, this.#list),
    ];
  }

  async show(student: Student, engine: Engine): Promise<void> {
    this.#current = { student, engine };
    await this.#recommend();
  }

  #find(): void {
    const words = plain(this.#search.value).split(/\s+/).filter(Boolean);
    const matches = this.#searched.flatMap((name, token) =>
      !this.#history.includes(token) && words.every((word) => name.includes(word)) ? [token] : [],
    );
    this.#count.textContent = words.length === 0 ? '' : `${matches.length} found`;
    this.#found.replaceChildren(
      ...matches.slice(0, FOUND).map((token) =>
        this.#button(token, '+', 'Add', () => {
          this.#history.push(token);
          this.#search.value = '';
        }),
      ),
    );
  }

  #button(token: number, sign: string, verb: string, action: () => void): HTMLLIElement {
    const name = this.#names[token] ?? '';
    const button = element('button', { textContent: `${sign} ${name}` });
    button.setAttribute('aria-label', `${verb} ${name}`);
    button.addEventListener('click', () => {
      action();
      this.#changed();
    });
    return element('li', {}, button);
  }

  #changed(): void {
    this.#find();
    this.#chosen.replaceChildren(
      ...this.#history.map((token, place) => this.#button(token, '−', 'Remove', () => this.#history.splice(place, 1))),
    );
    this.#search.focus();
    this.#told();
    this.#queue = this.#queue.then(() => this.#recommend()).catch(() => undefined);
  }

  #told(): void {
    const missing = [
      ...(this.#history.length === 0 ? ['choose an item or more'] : []),
      ...(this.#current === undefined ? ['train a student'] : []),
    ].join(', and ');
    this.#note.textContent = missing === '' ? '' : `To get some, ${missing}.`;
    if (missing !== '') this.#list.replaceChildren();
  }

  async #recommend(): Promise<void> {
    this.#told();
    if (this.#current === undefined || this.#history.length === 0) return;
    const { student, engine } = this.#current;
    const [list = []] = await student.topK([[...this.#history]], { k: LISTED, engine });
    this.#list.replaceChildren(...list.map(({ token }) => element('li', { textContent: this.#names[token] ?? '' })));
  }
}
