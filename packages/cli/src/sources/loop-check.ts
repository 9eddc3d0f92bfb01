/** Waits for what is found about a new foreign source: whether it leads back to this fleet. */
import type { SourceSummary } from '@feedfleet/registry-client';

import type { CliParts, RegistryPort } from '../parts.ts';

const POLL_MS = 250;
const LONGEST_WAIT_MS = 10_000;

interface CheckedSource {
  readonly source: SourceSummary;
  /** What to say about it; empty when there is nothing. */
  readonly words: string;
}

function wordsFor({ loop, enabled }: SourceSummary): string {
  if (loop?.state === 'caught')
    return 'It leads back to this fleet by a way that loses the feed chain, so it is cut.\n';
  return loop?.state === 'pending' && enabled
    ? 'Whether it leads back to this fleet is still being checked; it is used as soon as that is known.\n'
    : '';
}

export async function awaitLoopCheck(
  { registry, feed, parts }: { readonly registry: RegistryPort; readonly feed: string; readonly parts: CliParts },
  written: SourceSummary,
): Promise<CheckedSource> {
  let source = written;
  for (
    let waitedMs = 0;
    source.loop?.state === 'pending' && source.enabled && waitedMs < LONGEST_WAIT_MS;
    waitedMs += POLL_MS
  ) {
    await parts.clock.sleep(POLL_MS, parts.signal);
    source = await registry.sources.get(feed, source.id, parts.signal);
  }
  return { source, words: wordsFor(source) };
}
