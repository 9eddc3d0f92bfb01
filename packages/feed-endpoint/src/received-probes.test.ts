/** Probes that come back to a feed of the fleet, with their feed chain and without. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FleetHierarchies } from '@feedfleet/aggregation';
import { FleetChain, probeId, writeFeedChain } from '@feedfleet/feedchain';
import { createMetrics } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { fleetKeys, sourceSchema } from '@feedfleet/registry-client';
import type { Source, SourceReports } from '@feedfleet/registry-client';

import { openFixture, text } from './endpoint-fixture.ts';
import type { EndpointFixture } from './endpoint-fixture.ts';
import { ReceivedProbes } from './received-probes.ts';

const fleet = new FleetChain(fleetKeys('a fleet secret of tests that is long enough').chain);
const probe = { sourceId: 'source-1', nonce: '00c0ffee' };
const id = probeId(fleet, probe);

function outside(rest: Partial<Source> = {}): Source {
  return sourceSchema.parse({
    ...{ id: 'source-1', feed: 'open', name: 'outside', position: 0, credential: null },
    ...{ target: { kind: 'foreign', protocol: 'v3', url: 'https://packages.example/v3/index.json' } },
    ...{ loop: { state: 'clear', checkedAt: null }, createdAt: '2026-01-01T00:00:00Z' },
    ...rest,
  });
}

let fixture: EndpointFixture;
let reported: SourceReports['reports'][number][];
let report: () => Promise<void>;
let askedOutside: number;

beforeEach(async () => {
  [reported, askedOutside] = [[], 0];
  report = () => Promise.resolve();
  const directory = { current: () => fixture.view };
  const hierarchies = new FleetHierarchies({
    ...{ directory, fleet, log: { error: () => undefined } },
    sourceOf: () => {
      askedOutside += 1;
      throw new ProblemError('sourceUnavailable', { detail: 'nobody may be asked' });
    },
    metrics: createMetrics({ service: 'tests', instance: 'tests' }),
  });
  const probes = new ReceivedProbes({
    ...{ directory, fleet, log: { warn: () => undefined } },
    reports: {
      report: async ({ reports }) => {
        await report();
        reported.push(...reports);
        return { recorded: 1, unchanged: 0, outdated: 0 };
      },
    },
  });
  const leafAnswer = () => Promise.reject(new Error('not asked'));
  fixture = await openFixture({
    sources: [outside()],
    localSource: () => Promise.reject(new Error('not asked')),
    hierarchies: () => Promise.resolve({ hierarchies, probes, leafAnswer }),
  });
  fixture.answerWith((query) => {
    if (query.hierarchy !== undefined) throw new Error('it is answered from own packages only');
    return text('none');
  });
});

afterEach(() => fixture.close());

const ownChain = (feedId: string): string => {
  const written = writeFeedChain({ outcome: 'none' }, { fleet, feedId, deadlineMs: Date.now() + 10_000, breadth: 10 });
  return written.outcome === 'written' ? written.text : '';
};
const get = (feed = 'Open', headers: Record<string, string> = {}, asked = id) =>
  fixture.send(`/F/${feed}/api/v3/registration/${asked}/index.json`, { headers });
const caught = {
  ...{ source: 'source-1', url: 'https://packages.example/v3/index.json', fingerprint: null },
  ...{ state: 'caught', probe: probe.nonce },
};

describe('a probe that comes back', () => {
  it('without its feed chain is reported, and answered from own packages, as any id that nobody has', async () => {
    const received = await get();
    expect([received.status, received.body.toString(), askedOutside]).toEqual([200, 'none', 0]);
    expect(reported).toEqual([caught]);
  });

  it('is not answered before the report is there', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    report = async () => {
      arrived.resolve(undefined);
      await release.promise;
    };
    let isAnswered = false;
    const answer = get().then(() => {
      isAnswered = true;
    });
    await arrived.promise;
    await fixture.send('/F/Open/api/v3/open');
    expect(isAnswered).toBe(false);
    release.resolve(undefined);
    await answer;
    expect(reported).toEqual([caught]);
  });

  it('is a 503 where it cannot be reported: no answer that could be taken for a good sign', async () => {
    report = () => Promise.reject(new ProblemError('registryUnavailable', { detail: 'it is gone' }));
    expect((await get()).status).toBe(503);
    report = () => Promise.resolve();
    expect((await get()).status).toBe(200);
    expect(reported).toEqual([caught]);
  });

  it('with its feed chain does no harm, and is asked of nobody else', async () => {
    const received = await get('Open', { 'x-nuget-feedchain': ownChain('open') });
    expect([received.status, received.body.toString(), reported, askedOutside]).toEqual([200, 'none', [], 0]);
  });

  it('with the chain of others only is reported', async () => {
    await get('Open', { 'x-nuget-feedchain': 'somebody-else' });
    expect(reported).toEqual([caught]);
  });

  it('is reported also where it may read nothing, or there is nothing', async () => {
    expect((await get('Closed')).status).toBe(401);
    expect(reported).toEqual([caught]);
    const other = probeId(fleet, { ...probe, nonce: '11111111' });
    expect((await get('Nowhere', {}, other)).status).toBe(404);
    expect(reported).toEqual([caught, { ...caught, probe: '11111111' }]);
  });

  it('is reported once, however often it comes', async () => {
    await Promise.all([get(), get(), get('Open', {}, id.toUpperCase())]);
    expect(reported).toEqual([caught]);
  });

  it('of a source that is none any more, or of another fleet, is reported to nobody', async () => {
    await get('Closed', {}, probeId(fleet, { ...probe, sourceId: 'source-2' }));
    await get('Closed', {}, probeId(new FleetChain(Buffer.alloc(32, 'x')), probe));
    expect(reported).toEqual([]);
  });
});
