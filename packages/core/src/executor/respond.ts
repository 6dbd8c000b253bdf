import { type Answer, QUIT, type Said, sentError, STOP } from './messages.js';

/** What a process does when it is asked. */
export type Respond<Request, Result> = (
  request: Request,
  /** Says when to stop. */
  signal: AbortSignal,
  /** Tells whoever asked what happens meanwhile: JSON. */
  tell: (news: unknown) => void,
) => Promise<Result>;

/**
 * Makes this process one that does what another asks it, one after the other, until that one is gone, which has started it
 * as an {@link AskedProcess}. Requests and results are JSON.
 */
export function respondWith<Request, Result>(respond: Respond<Request, Result>): void {
  // Ctrl-C goes to all processes of a terminal: whoever started this one says when to stop
  process.on('SIGINT', () => undefined);
  // and without it there is nobody to work for
  process.on('disconnect', () => process.exit());
  const say = (said: Said<Result>): void => void process.send?.(said);
  let stop = new AbortController();
  process.on('message', (message: { readonly request: Request } | typeof STOP | typeof QUIT) => {
    if (message === QUIT) process.exit();
    if (message === STOP) {
      stop.abort();
      return;
    }
    stop = new AbortController();
    const { signal } = stop;
    void respond(message.request, signal, (news) => {
      say({ news });
    })
      .then(
        (result): Answer<Result> => ({ result }),
        (error: unknown): Answer<Result> => ({ error: sentError(error) }),
      )
      .then((answer) => {
        say({ answer });
      });
  });
}
