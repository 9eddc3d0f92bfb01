/**
 * The body of a package file, checked on its way: it is a zip, and has the length and the hash that were announced.
 *
 * The end of it is held back until it was checked, so that nobody who gets a wrong one gets all of it; the stream fails instead.
 *
 * Source: PKWARE APPNOTE 6.3, section 4.3.7: a zip archive that holds anything begins with the signature of a local file header.
 */
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { Readable, TransformCallback } from 'node:stream';

import { malformed } from './source-refusal.ts';

const LOCAL_FILE_HEADER = Buffer.from('PK\x03\x04', 'latin1');
/** Held back. */
const TAIL_BYTES = 1024;

export interface Announced {
  /** Null when it was not announced. */
  readonly sizeBytes: number | null;
  /** Lower-case hex; null when it was not announced. */
  readonly sha512: string | null;
}

/**
 * Waits for the first bytes.
 *
 * @throws {SourceRefusal} when the body is no package from the start: a page that asks to log in, for example.
 */
export async function beginsAsPackage(body: Readable, signal: AbortSignal): Promise<Readable> {
  const head: Buffer[] = [];
  let bytes = 0;
  try {
    while (bytes < LOCAL_FILE_HEADER.length) {
      const chunk = (await nextChunk(body, signal)) ?? Buffer.alloc(0);
      if (chunk.length === 0) break;
      head.push(chunk);
      bytes += chunk.length;
    }
    const start = Buffer.concat(head);
    if (!start.subarray(0, LOCAL_FILE_HEADER.length).equals(LOCAL_FILE_HEADER)) {
      throw malformed('The source answered with what is no package file where a package was expected');
    }
    body.unshift(start);
    return body;
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/** Undefined at the end. Leaves the stream paused, with what follows in it. */
function nextChunk(body: Readable, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      body.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onEnd);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onReadable = (): void => {
      const chunk = body.read() as Buffer | null;
      if (chunk !== null) settle(() => resolve(chunk));
    };
    const onEnd = (): void => settle(() => resolve(undefined));
    const onError = (error: Error): void => settle(() => reject(error));
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    signal.addEventListener('abort', onAbort, { once: true });
    body.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onEnd);
    if (signal.aborted) onAbort();
    else onReadable();
  });
}

/** Lets through what is as announced, and fails before the end of what is not. */
export class AnnouncedBody extends Transform {
  readonly #announced: Announced;
  readonly #hash = createHash('sha512');
  #bytes = 0;
  #held: Buffer = Buffer.alloc(0);

  constructor(announced: Announced) {
    super();
    this.#announced = announced;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    const { sizeBytes, sha512 } = this.#announced;
    if (sizeBytes !== null && this.#bytes > sizeBytes) {
      done(malformed('The source sent more bytes of a package than it had announced'));
      return;
    }
    if (sha512 !== null) this.#hash.update(chunk);
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const cut = Math.max(0, all.length - TAIL_BYTES);
    this.#held = all.subarray(cut);
    if (cut > 0) this.push(all.subarray(0, cut));
    done();
  }

  override _flush(done: TransformCallback): void {
    const { sizeBytes, sha512 } = this.#announced;
    if (sizeBytes !== null && this.#bytes < sizeBytes) {
      done(malformed('The source sent fewer bytes of a package than it had announced'));
    } else if (sha512 !== null && this.#hash.digest('hex') !== sha512) {
      done(malformed('The source sent a package whose hash is not the one that it had announced'));
    } else done(null, this.#held);
  }
}
