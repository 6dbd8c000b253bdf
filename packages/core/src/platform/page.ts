/** What is asked of a page, of all that browsers give: their types are not those of Node.js. */
interface Page {
  /** Whether threads may share memory. */
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    readonly gpu?: {
      requestAdapter(): Promise<{ readonly info?: { readonly vendor?: string; readonly architecture?: string } } | null>;
    };
  };
}

export const page = globalThis as unknown as Page;
