/**
 * One body for two readers: a client that waits for it, and a copy that is made on the way. The slower one sets the pace; whoever gives up
 * leaves the other alone, but a copy of a body that broke off fails.
 */
import { Readable } from 'node:stream';

/** What the copy is made of: chunk by chunk, as the client takes them. */
class Copied implements AsyncIterable<Buffer> {
  #chunk: Buffer | undefined;
  #outcome: { readonly failure?: Error } | undefined;
  #isAbandoned = false;
  #wake: (() => void) | undefined;

  /** Waits until the copy has taken what came before. */
  async push(chunk: Buffer): Promise<void> {
    while (this.#chunk !== undefined && !this.#isAbandoned) await this.#change();
    if (this.#isAbandoned) return;
    this.#chunk = chunk;
    this.#changed();
  }

  /** The first outcome counts. */
  end(failure?: Error): void {
    this.#outcome ??= failure === undefined ? {} : { failure };
    this.#changed();
  }

  /** Nobody takes the copy any more, or ever did. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#chunk = undefined;
    this.#changed();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const chunk = this.#chunk;
        if (chunk !== undefined) {
          this.#chunk = undefined;
          this.#changed();
          yield chunk;
        } else if (this.#outcome !== undefined) {
          if (this.#outcome.failure !== undefined) throw this.#outcome.failure;
          return;
        } else await this.#change();
      }
    } finally {
      this.abandon();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      this.#wake = () => {
        others?.();
        resolve();
      };
    });
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

interface CopiedBody {
  readonly client: Readable;
  readonly copy: AsyncIterable<Buffer>;
  /** For who may not read the copy to its end, or not at all: the client waits for it no longer. */
  readonly abandon: () => void;
}

/** @param body - is read once, by who reads `client`. */
export function copiedBody(body: Readable): CopiedBody {
  const copy = new Copied();
  const client = Readable.from(passing(body, copy), { objectMode: false });
  // Nobody may ever have begun to read it.
  client.once('close', () => {
    copy.end(new Error('the client left before the end'));
    body.destroy();
  });
  return { client, copy, abandon: () => copy.abandon() };
}

async function* passing(body: Readable, copy: Copied): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await copy.push(chunk);
      yield chunk;
    }
    copy.end();
  } catch (error) {
    copy.end(error instanceof Error ? error : new Error('the body broke off', { cause: error }));
    throw error;
  }
}
