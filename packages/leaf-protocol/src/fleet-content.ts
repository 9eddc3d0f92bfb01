/** A package file on its way from another feed of the fleet: passed on as it comes, and broken off when it is not what was announced. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { addAbortSignal, pipeline, Transform } from 'node:stream';
import type { Readable, TransformCallback } from 'node:stream';

import type { SourceContent } from '@feedfleet/package-sources';

import { FleetFailure } from './fleet-failure.ts';

/** How long nothing may come, in milliseconds. */
const IDLE_MS = 30_000;
/** How long a body waits for its reader, in milliseconds. */
const UNREAD_MS = 10_000;
const STRONG_HASH = /^"([0-9a-f]{128})"$/;

/** @param response - of a 200 with a package. */
export function relayedContent(response: IncomingMessage): SourceContent {
  const length = response.headers['content-length'];
  const sizeBytes = length === undefined ? null : Number(length);
  const sha512 = STRONG_HASH.exec(response.headers.etag ?? '')?.[1] ?? null;
  const unread = setTimeout(() => response.destroy(), UNREAD_MS).unref();
  response.once('close', () => clearTimeout(unread));
  // Without a listener, a connection that breaks before somebody reads would end the process.
  response.on('error', () => undefined);
  const open = (signal: AbortSignal): Readable => {
    clearTimeout(unread);
    response.setTimeout(IDLE_MS, () =>
      response.destroy(new FleetFailure('FF_SOURCE_TIMEOUT', 'a package stopped coming')),
    );
    const announced = new AnnouncedContent({ sizeBytes, sha512 });
    pipeline(response, announced, () => undefined);
    return addAbortSignal(signal, announced);
  };
  return { sizeBytes, sha512, open };
}

/** Holds the last part back until all of it is known to be right, so that nobody takes a wrong package for a whole one. */
class AnnouncedContent extends Transform {
  readonly #announced: Pick<SourceContent, 'sizeBytes' | 'sha512'>;
  readonly #hash = createHash('sha512');
  #bytes = 0;
  #last: Buffer | undefined;

  constructor(announced: Pick<SourceContent, 'sizeBytes' | 'sha512'>) {
    super();
    this.#announced = announced;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    const before = this.#last;
    this.#last = chunk;
    done(null, before);
  }

  override _flush(done: TransformCallback): void {
    const { sizeBytes, sha512 } = this.#announced;
    const isWhole = sizeBytes === null || sizeBytes === this.#bytes;
    const isRight = sha512 === null || sha512 === this.#hash.digest('hex');
    if (isWhole && isRight) done(null, this.#last);
    else done(new FleetFailure('FF_SOURCE_MALFORMED', 'a package is not the one that was announced'));
  }
}
