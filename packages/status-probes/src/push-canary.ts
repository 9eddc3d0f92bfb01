/** Fills a new canary feed with what observers read: a package and its symbols. */
import { OBSERVER_AGENT } from '@feedfleet/status-model';

import { packageToRead } from './canary-package.ts';
import { canarySymbols } from './canary-symbols.ts';
import type { Canary } from './observation-plan.ts';
import { ProbeClient } from './probe-client.ts';

const PUSHES = {
  package: { path: '/api/v2/package', bytesOf: () => packageToRead().bytes, taken: [201, 202, 409] },
  symbols: { path: '/api/v2/symbolpackage', bytesOf: () => canarySymbols().bytes, taken: [201, 202] },
};

export interface PushCanaryOptions {
  readonly what: keyof typeof PUSHES;
  readonly entryUrl: string;
  readonly canary: Canary;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws {Error} when it is not taken; that the package is there already is as good. */
export async function pushCanary({ what, entryUrl, canary, timeoutMs, signal }: PushCanaryOptions): Promise<void> {
  const client = new ProbeClient();
  const end = (): void => client.close();
  const { path, bytesOf, taken } = PUSHES[what];
  signal.addEventListener('abort', end);
  try {
    const { status } = await client.send({
      url: new URL(`${entryUrl}/F/${canary.feed}${path}`),
      method: 'PUT',
      headers: {
        'user-agent': OBSERVER_AGENT,
        'x-nuget-apikey': canary.key,
        'content-type': 'application/octet-stream',
      },
      body: bytesOf(),
      timeoutMs,
    });
    if (!taken.includes(status)) throw new Error(`push of ${what}: expected ${taken.join(' or ')}, got ${status}`);
  } finally {
    signal.removeEventListener('abort', end);
    client.close();
  }
}
