import { afterEach, describe, expect, it } from '@jest/globals';
import { askUntil, describePackageSource, samplePackages } from '@feedfleet/package-source-conformance';

import { keptSource } from './kept-source.ts';
import type { SourceAnswer, SourceSearch, VersionsById } from './package-source.ts';
import { MINUTE, Scripted, answersOf, faults, settled } from './scripted-source.ts';
import { openSource } from './source-fixture.ts';
import { v3Gallery } from './v3-gallery-fixture.ts';
import { v3Source } from './v3-source.ts';

const never = new AbortController().signal;
const ask = askUntil(never);
const query: SourceSearch = {
  ...{ text: 'x', includePrerelease: true, includeSemVer2: true, packageType: null, take: 5, filters: [] },
};

afterEach(() => {
  expect(faults.splice(0)).toEqual([]);
});

describePackageSource(
  'that is kept',
  async (packages) => {
    const { source, dispose } = await openSource(v3Source, v3Gallery(packages), '/index.json');
    const times = { freshMs: MINUTE, staleMs: MINUTE, timeoutMs: MINUTE };
    return { source: keptSource(source, { answers: answersOf({ now: 0 }), key: 'a', ...times }), dispose };
  },
  { searches: true, completes: true, pages: true, tellsHashes: false },
);

describe('a kept answer', () => {
  it('is given without asking while it is fresh, with its age', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ requests: 1, ageMs: 0, tag: 'tag 1.0.0' });
    scripted.clock.now += MINUTE - 1;
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({
      ...{ outcome: 'answered', requests: 0, ageMs: MINUTE - 1, isStale: false, tag: 'tag 1.0.0' },
    });
    expect(scripted.asked).toEqual(['a']);
  });

  it('is given once more when it is older, while it is asked for again', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += MINUTE + 1;
    scripted.next = () => Promise.resolve(scripted.has('2.0.0'));
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ tag: 'tag 1.0.0', isStale: false, requests: 0 });
    await settled(scripted);
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ tag: 'tag 2.0.0', ageMs: 0, requests: 0 });
    expect(scripted.asked).toHaveLength(2);
  });

  it('is asked for anew when it is older still, and then what the source says counts', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 2 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.has());
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ tag: 'tag none', requests: 1, value: new Map() });
  });

  it('stands in, marked, for a source that does not answer, which is then asked while nobody waits until it does', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 10 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.fails());
    const stale = { outcome: 'answered', isStale: true, ageMs: 10 * MINUTE, tag: 'tag 1.0.0' };
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ ...stale, requests: 1 });
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ ...stale, requests: 0 });
    expect(scripted.asked).toHaveLength(2);
    scripted.clock.now += 3000;
    scripted.next = () => Promise.resolve(scripted.has('2.0.0'));
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ isStale: true, tag: 'tag 1.0.0' });
    await settled(scripted);
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ isStale: false, tag: 'tag 2.0.0' });
    expect(scripted.asked).toHaveLength(3);
  });

  it('stands in for a source that takes its time, whose answer counts when it comes', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 10 * MINUTE;
    const late = Promise.withResolvers<SourceAnswer<VersionsById>>();
    scripted.next = () => late.promise;
    const waiting = kept.versions(['a'], ask);
    await Promise.resolve();
    scripted.endPatience();
    await expect(waiting).resolves.toMatchObject({ outcome: 'answered', isStale: true });
    late.resolve(scripted.has('2.0.0'));
    await settled(scripted);
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ isStale: false, tag: 'tag 2.0.0' });
  });

  it('is told while whoever asked still listens, however little time is left', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    for (const [leftMs, patienceMs] of [
      [60_000, 2000],
      [400, 200],
      [0, 0],
    ] as const) {
      scripted.clock.now += 10 * MINUTE;
      scripted.next = () => Promise.resolve(scripted.has('1.0.0'));
      await kept.versions(['a'], { ...ask, remainingMs: () => leftMs });
      expect(scripted.patienceMs.at(-1)).toBe(patienceMs);
    }
  });

  it('is forgotten once the source denies access, and stands in for it no more', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 10 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ outcome: 'answered', isStale: true });
    scripted.clock.now += 3000;
    scripted.next = () => Promise.resolve(scripted.denies());
    await kept.versions(['a'], ask);
    await settled(scripted);
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ code: 'FF_SOURCE_DENIED' });
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ code: 'FF_SOURCE_FAILED' });
  });

  it('does not stand in for a source that denies access to whoever waits for it', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 10 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.denies());
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ code: 'FF_SOURCE_DENIED' });
  });

  it('that is complete stands in for one that is not, which is not waited for again', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 10 * MINUTE;
    const partial = { ...scripted.has('2.0.0'), isPartial: true } as SourceAnswer<VersionsById>;
    scripted.next = () => Promise.resolve(partial);
    const complete = { outcome: 'answered', isStale: true, tag: 'tag 1.0.0' };
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ ...complete, requests: 1 });
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ ...complete, requests: 0 });
    expect(scripted.asked).toHaveLength(2);
    scripted.clock.now += 60 * MINUTE;
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ tag: 'tag 2.0.0', isPartial: true });
  });

  it('is of no use once it is older than it may stand in', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 60 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.fails(7000));
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ outcome: 'unavailable', retryAfterMs: 7000 });
  });

  it('that there is nothing is fresh for ten seconds only, and stands in all the same', async () => {
    const scripted = new Scripted();
    scripted.next = () => Promise.resolve(scripted.has());
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 9999;
    await kept.versions(['a'], ask);
    expect(scripted.asked).toHaveLength(1);
    scripted.clock.now += 2 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({
      outcome: 'answered',
      isStale: true,
      value: new Map(),
    });
  });

  it('is asked for each time where nothing counts as fresh', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep({ freshMs: 0 });
    await kept.versions(['a'], ask);
    await kept.versions(['a'], ask);
    expect(scripted.asked).toHaveLength(2);
  });

  it('of a search never stands in', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.search(query, ask);
    await expect(kept.search(query, ask)).resolves.toMatchObject({ outcome: 'answered', requests: 0 });
    scripted.clock.now += 2 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.search(query, ask)).resolves.toMatchObject({ outcome: 'unavailable' });
  });

  it('is nothing that the source itself calls partial or stale', async () => {
    for (const mark of [{ isPartial: true as const }, { isStale: true }]) {
      const scripted = new Scripted();
      const marked = { ...scripted.has('1.0.0'), ...mark } as SourceAnswer<VersionsById>;
      scripted.next = () => Promise.resolve(marked);
      const kept = scripted.keep();
      await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ ...mark, requests: 1 });
      await kept.versions(['a'], ask);
      expect(scripted.asked).toHaveLength(2);
    }
  });

  it('is neither given to nor taken from a query that came with a chain', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    const nested = { ...ask, isNested: true };
    await kept.versions(['a'], nested);
    await kept.versions(['a'], ask);
    await kept.versions(['a'], nested);
    expect(scripted.asked).toEqual(['a', 'a', 'a']);
  });

  it('is given to a query with a chain that anybody made up, also when it stands in', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    const relayed = { ...ask, chain: 'x, own', isRelayed: true };
    await kept.versions(['a'], { ...ask, chain: 'own' });
    await expect(kept.versions(['a'], relayed)).resolves.toMatchObject({ tag: 'tag 1.0.0', requests: 0 });
    scripted.clock.now += 10 * MINUTE;
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.versions(['a'], relayed)).resolves.toMatchObject({ outcome: 'answered', isStale: true });
    scripted.next = () => Promise.resolve(scripted.denies());
    await expect(kept.versions(['a'], relayed)).resolves.toMatchObject({ code: 'FF_SOURCE_DENIED' });
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.versions(['a'], { ...ask, chain: 'own' })).resolves.toMatchObject({ isStale: true, requests: 1 });
  });

  it('that such a query brought is for whoever comes with that chain, as is the request', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    const relayed = { ...ask, chain: 'x, own', isRelayed: true };
    const asks = Array.from({ length: 50 }, () => kept.versions(['a'], relayed));
    await Promise.all([...asks, kept.versions(['a'], { ...ask, chain: 'own' })]);
    expect(scripted.asks.map(({ chain }) => chain)).toEqual(['x, own', 'own']);
    await kept.versions(['b'], relayed);
    await kept.versions(['b'], relayed);
    await kept.versions(['b'], { ...ask, chain: 'own' });
    expect(scripted.asked).toEqual(['a', 'a', 'b', 'b']);
  });

  it('of one credential is not given to another', async () => {
    const scripted = new Scripted();
    await scripted.keep({ key: 'credential one' }).versions(['a'], ask);
    await scripted.keep({ key: 'credential two' }).versions(['a'], ask);
    expect(scripted.asked).toHaveLength(2);
  });

  it('is one of several ids, which are whole together or not at all', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.next = () => Promise.resolve(scripted.fails());
    await expect(kept.versions(['a', 'b'], ask)).resolves.toMatchObject({ outcome: 'unavailable', requests: 1 });
    scripted.next = () => Promise.resolve(scripted.has());
    const both = await kept.versions(['a', 'b'], ask);
    expect(both).toMatchObject({ outcome: 'answered', requests: 1 });
    expect(both.outcome === 'answered' ? [...both.value.keys()] : []).toEqual(['a']);
  });
});

describe('a request that many wait for', () => {
  it('is one', async () => {
    const scripted = new Scripted();
    const answers = await Promise.all(Array.from({ length: 40 }, () => scripted.keep().versions(['a'], ask)));
    expect(scripted.asked).toHaveLength(1);
    const counts = answers.map((answer) => (answer.outcome === 'answered' ? answer.requests : -1));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
  });

  it('goes on when one of them leaves, and ends when all have left', async () => {
    const scripted = new Scripted();
    scripted.next = () => new Promise(() => undefined);
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [first, second].map(({ signal }) => scripted.keep().versions(['a'], askUntil(signal)));
    await Promise.resolve();
    first.abort(new Error('first left'));
    await expect(waiting[0]).rejects.toThrow('first left');
    expect(scripted.asks[0]?.signal.aborted).toBe(false);
    second.abort(new Error('second left'));
    await expect(waiting[1]).rejects.toThrow('second left');
    expect(scripted.asks[0]?.signal.aborted).toBe(true);
  });

  it('goes on without anybody when a copy is being renewed', async () => {
    const scripted = new Scripted();
    const kept = scripted.keep();
    await kept.versions(['a'], ask);
    scripted.clock.now += 10 * MINUTE;
    const late = Promise.withResolvers<SourceAnswer<VersionsById>>();
    scripted.next = () => late.promise;
    const left = new AbortController();
    const waiting = kept.versions(['a'], askUntil(left.signal));
    left.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    late.resolve(scripted.has('2.0.0'));
    await settled(scripted);
    await expect(kept.versions(['a'], ask)).resolves.toMatchObject({ tag: 'tag 2.0.0', requests: 0 });
  });

  it('is not one with a request for which a source has another time', async () => {
    const scripted = new Scripted();
    const [short, long] = [scripted.keep({ timeoutMs: 100 }), scripted.keep({ timeoutMs: 60_000 })];
    await Promise.all([short.versions(['a'], ask), long.versions(['a'], ask)]);
    expect(scripted.asks.map(({ remainingMs }) => remainingMs())).toEqual([100, 60_000]);
  });

  it('has the time that the source has, not that of whoever came first', async () => {
    const scripted = new Scripted();
    await scripted.keep().versions(['a'], { ...ask, remainingMs: () => 5 });
    expect(scripted.asks[0]?.remainingMs()).toBe(1000);
  });
});

describe('what is remembered', () => {
  it('stays within its bound', async () => {
    const scripted = new Scripted(40_000);
    const kept = scripted.keep();
    for (let index = 0; index < 200; index += 1) await kept.versions([`id-${index}`], ask);
    expect(scripted.answers.memory.bytes).toBeLessThanOrEqual(40_000);
    expect(scripted.answers.memory.size).toBeGreaterThan(5);
  });

  it('of a gallery is asked for again by its entity tag', async () => {
    const clock = { now: 0 };
    const answers = answersOf(clock);
    const fixture = await openSource(v3Source, v3Gallery(samplePackages), '/index.json');
    const kept = keptSource(fixture.source, { answers, key: 'a', freshMs: 0, staleMs: MINUTE, timeoutMs: MINUTE });
    const statuses: (number | undefined)[] = [];
    const { gallery } = fixture;
    const { answer } = gallery;
    gallery.answer = (url, request) => {
      statuses.push(request.headers['if-none-match'] === undefined ? 200 : 304);
      return answer(url, request);
    };
    const [first, second] = [await kept.versions(['acme.core'], ask), await kept.versions(['acme.core'], ask)];
    expect(statuses).toEqual([200, 200, 304]);
    expect(second).toEqual({ ...first, requests: 1, tookMs: expect.any(Number) as unknown });
    await fixture.dispose();
  });
});
