/** A package file out of a foreign source, for whoever passes it on. */
import { addAbortSignal, pipeline } from 'node:stream';
import type { Readable } from 'node:stream';

import { AnnouncedBody, beginsAsPackage } from './checked-body.ts';
import type { Announced } from './checked-body.ts';
import type { SourceContent } from './package-source.ts';
import { malformed } from './source-refusal.ts';
import type { SourceCall } from './source-call.ts';

/** For which the body of a package waits to be taken by somebody. */
const UNTAKEN_MS = 30_000;

/**
 * Asks for the file and waits for its first bytes.
 *
 * @returns null when the source says that there is none.
 * @throws {SourceRefusal} for what is no package, or has another size than was announced.
 */
export async function contentFrom(call: SourceCall, url: string, announced: Announced): Promise<SourceContent | null> {
  const answer = await call.stream(url);
  if (answer === undefined) return null;
  if (announced.sizeBytes !== null && answer.sizeBytes !== null && announced.sizeBytes !== answer.sizeBytes) {
    answer.body.destroy();
    throw malformed('The source has a package of another size than it says');
  }
  const body = await beginsAsPackage(answer.body, call.ask.signal);
  const known = { sizeBytes: announced.sizeBytes ?? answer.sizeBytes, sha512: announced.sha512 };
  // What fails before somebody takes the body fails again when it is taken.
  body.on('error', () => undefined);
  const untaken = setTimeout(() => body.destroy(), UNTAKEN_MS).unref();
  return {
    ...known,
    open: (signal) => {
      clearTimeout(untaken);
      return checked(body, known, signal);
    },
  };
}

function checked(body: Readable, announced: Announced, signal: AbortSignal): Readable {
  const checking = new AnnouncedBody(announced);
  // Failures of either side end both; whoever reads hears of them by the stream that is handed out.
  pipeline(body, checking, () => undefined);
  return addAbortSignal(signal, checking);
}
