/** What a protocol answered, ready to be sent. */
import type { Admitted } from './admitted.ts';
import type { Answer, BlobAnswer, FeedProtocol, RelayAnswer, StreamAnswer } from './protocol.ts';
import { readyBlob, readyBytes } from './ready-answer.ts';
import type { ReadyAnswer } from './ready-answer.ts';

export type Computed =
  | { readonly kind: 'ready'; readonly answer: ReadyAnswer }
  | { readonly kind: 'stream'; readonly answer: BlobAnswer | StreamAnswer | RelayAnswer };

export async function prepareAnswer(
  answer: Answer,
  { feed, revision, acceptsGzip, variant }: Admitted,
  { format = '1', variesBy }: Pick<FeedProtocol, 'format' | 'variesBy'>,
): Promise<Computed> {
  const origin = { feedId: feed.id, revision, format, variant, variesBy: variesBy?.header };
  if (answer.kind === 'bytes') return { kind: 'ready', answer: await readyBytes(answer, origin, acceptsGzip) };
  if (answer.kind !== 'blob') return { kind: 'stream', answer };
  const { bytes } = answer.blob;
  return bytes === undefined ? { kind: 'stream', answer } : { kind: 'ready', answer: readyBlob(answer, bytes, origin) };
}

/** Of which version this is a download, if it is one that counts. */
export function versionOf({ kind, answer }: Computed): number | undefined {
  if (kind === 'ready') return answer.countsFor;
  return answer.kind === 'blob' ? answer.counts?.versionKey : undefined;
}

/** What the answer takes in memory, in bytes. */
export function bytesOf({ body, latin1 = '' }: ReadyAnswer): number {
  return body.length + latin1.length;
}
