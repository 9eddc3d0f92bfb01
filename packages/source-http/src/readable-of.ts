/**
 * A generator as a stream. Other than with `Readable.from`, whoever destroys it need not wait for the part that is under way, which may
 * never come.
 */
import { Readable } from 'node:stream';

/** @param ended - called once, when it was read to the end, failed or was destroyed. */
export function readableOf(parts: AsyncGenerator<Buffer, void>, ended: () => void): Readable {
  const body = new Readable({
    read() {
      parts.next().then(
        ({ value }) => this.push(value ?? null),
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, done) {
      ended();
      parts.return().catch(() => undefined);
      done(error);
    },
  });
  // It may fail before anybody reads it, and an error that nobody hears ends the process. Who reads it hears of it still.
  body.on('error', () => undefined);
  return body;
}
