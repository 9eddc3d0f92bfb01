/**
 * One probe of a foreign source: whether it leads back to this fleet by a way that loses the feed chain.
 *
 * It is asked for an id that only this fleet can have made. Where the question comes back without its chain, the endpoint that
 * gets it tells the registry before it answers; so a source that has answered, and of which nobody told, is clear.
 */
import { randomBytes } from 'node:crypto';

import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { probeId, QUERY_BREADTH, writeFeedChain } from '@feedfleet/feedchain';
import type { FleetChain } from '@feedfleet/feedchain';
import { foreignSource } from '@feedfleet/package-sources';
import type { SourceSecrets } from '@feedfleet/package-sources';
import type { SourcesApi } from '@feedfleet/registry-client';
import type { SourceHttp } from '@feedfleet/source-http';

import type { ForeignSource, ProbeResult } from './probe-schedule.ts';

export interface LoopProbeParts {
  readonly http: SourceHttp;
  readonly secrets: SourceSecrets;
  readonly fleet: FleetChain;
  readonly reports: Pick<SourcesApi, 'report'>;
}

/** A question that goes unanswered for so long is not waited for, in milliseconds. */
const ANSWER_WITHIN_MS = 30_000;
/** What one question may cause of others: little is enough to find the way back. */
const PROBE_BREADTH = QUERY_BREADTH / 4;
/** Documents are remembered only while they are read. */
const MEMORY_BYTES = 1024 ** 2;
const NONCE_BYTES = 4;

/** @throws the signal's reason; what the registry failed with. */
export async function probeForLoop(
  source: ForeignSource,
  parts: LoopProbeParts,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  if (!(await hasAnswered(source, nonce, { ...parts, signal }))) return 'unknown';
  const { id, target, credential } = source;
  const report = { source: id, url: target.url, fingerprint: credential?.fingerprint ?? null, probe: nonce };
  const answer = await parts.reports.report({ reports: [{ ...report, state: 'clear' }] }, signal);
  return answer.outdated === 0 ? 'clear' : 'contradicted';
}

interface Asking extends LoopProbeParts {
  readonly signal: AbortSignal;
}

/** Asks for the versions of what nobody has, as the feed of the source would. */
async function hasAnswered(
  source: ForeignSource,
  nonce: string,
  { http, secrets, fleet, signal }: Asking,
): Promise<boolean> {
  const deadlineMs = Date.now() + ANSWER_WITHIN_MS;
  const step = { fleet, feedId: source.feed, deadlineMs, breadth: PROBE_BREADTH };
  const chain = writeFeedChain({ outcome: 'none' }, step);
  if (chain.outcome !== 'written') return false;
  const memory = new ByteBoundedCache<object>(MEMORY_BYTES);
  const key = `probe ${source.id}`;
  const asked = foreignSource(source, { http, secrets, memory, key, now: () => performance.now() });
  const answer = await asked.versions([probeId(fleet, { sourceId: source.id, nonce })], {
    signal,
    remainingMs: () => deadlineMs - Date.now(),
    requestId: `probe-${nonce}`,
    traceparent: `00-${nonce.repeat(4)}-${nonce.repeat(2)}-00`,
    chain: chain.text,
  });
  return answer.outcome === 'answered';
}
