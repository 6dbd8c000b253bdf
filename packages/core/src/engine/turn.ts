/** What there is of a message channel in Node.js and in browsers alike. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: undefined): void;
  close(): void;
}

const byMessage = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel() as unknown as { port1: Port; port2: Port };
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

/**
 * Lets whatever waits in the event loop have its turn: timers, signals, clicks. Promises that are settled already do not.
 */
export const turnOfEventLoop: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        })
    : // a timer would wait for milliseconds in browsers
      byMessage;
