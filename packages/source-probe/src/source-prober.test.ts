/** Sources are probed over real connections; only time is moved by hand. */
import type { RequestListener } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findProbe, FleetChain, readFeedChain, readProbe } from '@feedfleet/feedchain';
import { fleetKeys } from '@feedfleet/registry-client';

import { emptySource, FLEET_SECRET, foreignSourceAt, listen, ProbeFixture } from './probe-fixture.ts';
import type { Listening } from './probe-fixture.ts';

const fleet = new FleetChain(fleetKeys(FLEET_SECRET).chain);
const id = 'source-0123456789abcdef';
/** Waits of the schedule with half of the jitter. */
const REST_MS = { clear: 450_000, caught: 45_000 };

let fixture: ProbeFixture;
let server: Listening;
let answer: RequestListener;
let asked: string[];

beforeEach(async () => {
  fixture = new ProbeFixture();
  answer = emptySource;
  asked = [];
  server = await listen((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
});

afterEach(async () => {
  await fixture.close();
  await server.close();
});

/** An intermediary that leads back, and what the endpoint there does before it answers. */
const leadingBack: RequestListener = (request, response) => {
  const probe = readProbe(fleet, findProbe(request.url ?? '') ?? '');
  if (probe !== undefined) {
    fixture.catch({ source: id, url: `${server.origin}/index.json`, fingerprint: null, probe: probe.nonce });
  }
  emptySource(request, response);
};

const open = (rest: Parameters<typeof foreignSourceAt>[1] = {}): Promise<void> =>
  fixture.open(foreignSourceAt(`${server.origin}/index.json`, rest));

describe('a new source', () => {
  it('is clear when it says that it does not have what nobody has', async () => {
    const chains: unknown[] = [];
    answer = (request, response) => {
      if (request.url !== '/index.json') {
        chains.push(readFeedChain(request.rawHeaders, { fleet, nowMs: Date.now(), targetFeedId: 'x' }));
      }
      emptySource(request, response);
    };
    await open();
    await fixture.clock.sleepOf(REST_MS.clear);
    expect(fixture.stateOf(id)).toBe('clear');
    expect(asked.map((url) => readProbe(fleet, findProbe(url) ?? '')?.sourceId)).toEqual([undefined, id]);
    expect(chains).toEqual([
      expect.objectContaining({ own: [expect.objectContaining({ token: fleet.tokenOf('open') })] }),
    ]);
  });

  it('is caught when the question comes back without its chain, though it was answered', async () => {
    answer = leadingBack;
    await open();
    await fixture.clock.sleepOf(REST_MS.caught);
    expect(fixture.reports.map(({ state }) => state)).toEqual(['caught', 'clear']);
    expect(fixture.stateOf(id)).toBe('caught');
  });

  it('stays pending while it does not answer, is asked again after 2, 4, 8 ... 60 s, and is clear when it does', async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await open();
    for (const waitMs of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      await fixture.clock.sleepOf(waitMs * 0.75);
      expect(fixture.stateOf(id)).toBe('pending');
      fixture.clock.advance(waitMs * 0.75);
    }
    await fixture.clock.sleepOf(45_000);
    expect(fixture.reports).toEqual([]);
    answer = emptySource;
    fixture.clock.advance(45_000);
    await fixture.clock.sleepOf(REST_MS.clear);
    expect(fixture.stateOf(id)).toBe('clear');
  });

  it('is asked at once when it is added while the prober runs, and when its address changes', async () => {
    await fixture.open();
    await fixture.clock.sleepOf(600_000);
    fixture.put(foreignSourceAt(`${server.origin}/index.json`));
    await fixture.clock.sleepOf(REST_MS.clear);
    fixture.put(foreignSourceAt(`${server.origin}/index.json?other`));
    await fixture.clock.sleepOf(45_000 / 30);
    expect(fixture.stateOf(id)).toBe('pending');
    expect(asked.at(-1)).toBe('/index.json?other');
  });

  it('is left alone while it is disabled', async () => {
    await open({ enabled: false });
    await fixture.clock.sleepOf(600_000);
    expect(asked).toEqual([]);
  });
});

describe('a source that was probed', () => {
  it('is caught when it leads back from then on, and clear again when it does no more', async () => {
    await open();
    await fixture.clock.sleepOf(REST_MS.clear);
    answer = leadingBack;
    fixture.clock.advance(REST_MS.clear);
    await fixture.clock.sleepOf(REST_MS.caught);
    expect(fixture.stateOf(id)).toBe('caught');
    fixture.clock.advance(REST_MS.caught);
    await fixture.clock.sleepOf(REST_MS.caught);
    expect(fixture.stateOf(id)).toBe('caught');
    answer = emptySource;
    fixture.clock.advance(REST_MS.caught);
    await fixture.clock.sleepOf(REST_MS.clear);
    expect(fixture.stateOf(id)).toBe('clear');
  });

  it('keeps what was found while it does not answer', async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await open({ loop: { state: 'caught', checkedAt: null } });
    await fixture.clock.sleepOf(30_000);
    fixture.clock.advance(30_000);
    await fixture.clock.sleepOf(REST_MS.caught);
    expect([fixture.stateOf(id), asked.length > 0, fixture.reports]).toEqual(['caught', true, []]);
  });
});

describe('many sources', () => {
  it('are asked four at a time', async () => {
    const waiting: (() => void)[] = [];
    const arrived = Promise.withResolvers<undefined>();
    answer = (request, response) => {
      if (request.url === '/last') response.end();
      else waiting.push(() => emptySource(request, response));
      if (waiting.length === 4) arrived.resolve(undefined);
    };
    const ids = Array.from({ length: 9 }, (_, index) => `source-${index}`);
    await fixture.open(...ids.map((each) => foreignSourceAt(`${server.origin}/index.json`, { id: each, name: each })));
    await arrived.promise;
    // Questions that began together with these have connected before this one does.
    await fetch(`${server.origin}/last`);
    expect(waiting).toHaveLength(4);
    answer = emptySource;
    for (const release of waiting) release();
    await fixture.reported(9);
    expect(ids.map((each) => fixture.stateOf(each))).toEqual(ids.map(() => 'clear'));
  });
});
