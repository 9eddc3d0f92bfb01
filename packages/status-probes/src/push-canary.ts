/** Fills a new canary feed with what observers read: a package and its symbols. */
import { OBSERVER_AGENT } from '@feedfleet/status-model';

import { packageToRead } from './canary-package.ts';
import { canarySymbols } from './canary-symbols.ts';
import type { Canary } from './observation-plan.ts';
import { ProbeClient } from './probe-client.ts';

export interface PushCanaryOptions {
  readonly entryUrl: string;
  readonly canary: Canary;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws {Error} when it is not taken; that it is there already is as good. */
export async function pushCanary({ entryUrl, canary, timeoutMs, signal }: PushCanaryOptions): Promise<void> {
  const client = new ProbeClient();
  const end = (): void => client.close();
  signal.addEventListener('abort', end);
  try {
    for (const { path, body } of [
      { path: '/api/v2/package', body: packageToRead().bytes },
      { path: '/api/v2/symbolpackage', body: canarySymbols().bytes },
    ]) {
      const { status } = await client.send({
        url: new URL(`${entryUrl}/F/${canary.feed}${path}`),
        method: 'PUT',
        headers: {
          'user-agent': OBSERVER_AGENT,
          'x-nuget-apikey': canary.key,
          'content-type': 'application/octet-stream',
        },
        body,
        timeoutMs,
      });
      if (![201, 202, 409].includes(status)) throw new Error(`push: expected 201 or 409, got ${status}`);
    }
  } finally {
    signal.removeEventListener('abort', end);
    client.close();
  }
}
