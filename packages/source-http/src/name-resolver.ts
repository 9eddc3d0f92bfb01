/**
 * Host names to addresses: as the machine does it (hosts file, search domains), one question for one name at a time, kept shortly.
 *
 * A resolver that is silent holds a thread of Node's pool for each name at most, and nobody waits for it past a deadline.
 */
import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';

/** Node hands out no time to live; a source that moves is found again as soon. */
const KEPT_MS = 10_000;
const MAX_KEPT_NAMES = 1_000;

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: Resolve = (host) => lookup(host, { all: true });

/** @param now - milliseconds of any clock that does not go back. */
export function keptResolver(resolve: Resolve, now: () => number): Resolve {
  const kept = new Map<string, { readonly answer: Promise<readonly LookupAddress[]>; untilMs: number }>();
  return (host) => {
    const found = kept.get(host);
    if (found !== undefined && now() < found.untilMs) return found.answer;
    const answer = resolve(host);
    const entry = { answer, untilMs: Infinity };
    kept.delete(host);
    kept.set(host, entry);
    const oldest = kept.keys().next();
    if (kept.size > MAX_KEPT_NAMES && oldest.done !== true) kept.delete(oldest.value);
    answer.then(
      () => {
        entry.untilMs = now() + KEPT_MS;
      },
      () => {
        if (kept.get(host) === entry) kept.delete(host);
      },
    );
    return answer;
  };
}
