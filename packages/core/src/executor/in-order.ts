type Action = () => Promise<void>;

/** Lets actions happen one after the other, in the order in which their places were given out, whenever they are ready. */
export class InOrder {
  readonly #ready = new Map<number, Action>();
  #places = 0;
  #next = 0;
  #happening: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /**
   * The next place: what is given to it happens when everything before it has. It is waited for where it is its turn;
   * otherwise whoever gives it may go on. Throws what an action has thrown, after which none happens any more.
   */
  place(): (action: Action) => Promise<void> {
    const place = this.#places++;
    return async (action) => {
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#ready.set(place, action);
      this.#happening = this.#happening.then(() => this.#drain());
      if (this.#isNext(place)) await this.settled();
    };
  }

  /** Whether all before a place are there. */
  #isNext(place: number): boolean {
    for (let before = this.#next; before < place; before++) if (!this.#ready.has(before)) return false;
    return true;
  }

  /** Waits until nothing can happen any more; throws what an action has thrown. */
  async settled(): Promise<void> {
    await this.#happening;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #drain(): Promise<void> {
    for (let action = this.#ready.get(this.#next); action !== undefined && this.#failure === undefined;) {
      this.#ready.delete(this.#next++);
      try {
        await action();
      } catch (error) {
        this.#failure = { error };
      }
      action = this.#ready.get(this.#next);
    }
  }
}
