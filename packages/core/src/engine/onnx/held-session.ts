import type { InferenceSession } from 'onnxruntime-node';

/** A session that is released when nobody needs it: values on a device are in memory of the session they came from. */
export class HeldSession {
  #holders = 1;

  /** Whoever makes it holds it, too. */
  constructor(readonly session: InferenceSession) {}

  hold(): void {
    this.#holders += 1;
  }

  async letGo(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) await this.session.release();
  }
}
