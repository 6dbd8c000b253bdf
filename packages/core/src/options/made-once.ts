/**
 * What was made of definitions and their options, the last few of each: where making it, or what is recorded of it later,
 * takes long.
 */
export class MadeOnce<Definition extends object, Made> {
  readonly #made = new WeakMap<Definition, Map<string, Made>>();

  /** @param most - that are kept of each definition */
  constructor(private readonly most: number) {}

  /** @param options - JSON: what tells apart what is made of a definition */
  of(definition: Definition, options: unknown, make: () => Made): Made {
    const ofDefinition = this.#made.get(definition) ?? new Map<string, Made>();
    this.#made.set(definition, ofDefinition);
    const key = JSON.stringify(options);
    const made = ofDefinition.get(key) ?? make();
    // the latest last
    ofDefinition.delete(key);
    ofDefinition.set(key, made);
    for (const oldest of [...ofDefinition.keys()].slice(0, -this.most)) ofDefinition.delete(oldest);
    return made;
  }
}
