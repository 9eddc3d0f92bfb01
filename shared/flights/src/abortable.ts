/** Waiting that ends when the waiter has to go, whatever it waits for. */

/**
 * Settles as `promise` does, or rejects with the signal's reason when it aborts first.
 *
 * What `promise` does afterwards, also failing, is of no interest any more.
 */
export function abortable<V>(promise: Promise<V>, signal: AbortSignal): Promise<V> {
  const { promise: settled, resolve, reject } = Promise.withResolvers<V>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  promise.then(resolve, reject);
  return settled.finally(() => {
    signal.removeEventListener('abort', onAbort);
  });
}
