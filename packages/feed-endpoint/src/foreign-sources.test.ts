/** Sources that several feeds have in common, over a real source. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from '@jest/globals';
import { createMetrics } from '@feedfleet/host';
import type { Ask } from '@feedfleet/package-sources';
import { sourceSchema } from '@feedfleet/registry-client';
import type { Source } from '@feedfleet/registry-client';

import { ForeignSources } from './foreign-sources.ts';
import type { ForeignSourcesOptions } from './foreign-sources.ts';

function openSources(): ForeignSources {
  return new ForeignSources({
    secrets: { of: () => null } as unknown as ForeignSourcesOptions['secrets'],
    mirror: {} as ForeignSourcesOptions['mirror'],
    ...{ maxBytes: 1024 ** 2, ownAddresses: () => [], environment: {} },
    metrics: createMetrics({ service: 'tests', instance: 'tests' }),
    log: { error: () => undefined, warn: () => undefined },
  });
}

function sourceOf(feed: string, url: string, timeoutMs: number): Source {
  return sourceSchema.parse({
    ...{ id: `source-${feed}`, feed, name: 'gallery', position: 0, target: { kind: 'foreign', protocol: 'v2', url } },
    ...{ credential: null, loop: { state: 'clear', checkedAt: null }, createdAt: '2026-01-01T00:00:00Z' },
    ...{ allowPrivateAddresses: true, timeoutMs, freshMs: 0 },
  });
}

it('a feed that gives a source little time decides nothing for those that give it more', async () => {
  let isSilent = true;
  const server = createServer((_, response) => {
    if (!isSilent) response.end('<feed xmlns="http://www.w3.org/2005/Atom"></feed>');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const sources = openSources();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2`;
  const ask: Ask = {
    ...{ signal: new AbortController().signal, remainingMs: () => 60_000, requestId: 'r', traceparent: '', chain: '' },
  };
  const asked = async (edge: Source) => sources.of({ key: url, edge, edges: [edge] }).versions(['a'], ask);
  try {
    const hasty = sourceOf('hasty', url, 100);
    const resting = { outcome: 'unavailable', code: 'FF_SOURCE_RESTING' };
    let answer = await asked(hasty);
    for (let count = 0; count < 20 && answer.outcome === 'unavailable' && answer.code !== resting.code; count += 1) {
      expect(answer.code).toBe('FF_SOURCE_TIMEOUT');
      answer = await asked(hasty);
    }
    expect(answer).toMatchObject(resting);
    isSilent = false;
    expect(await asked(sourceOf('patient', url, 60_000))).toMatchObject({ outcome: 'answered' });
  } finally {
    await sources.close();
    server.closeAllConnections();
    server.close();
  }
});
