import { afterEach, describe, expect, it } from '@jest/globals';
import { askUntil, samplePackage } from '@feedfleet/package-source-conformance';

import { json } from './gallery-fixture.ts';
import type { Answerer, Reply } from './gallery-fixture.ts';
import { KeptAnswers } from './kept-answers.ts';
import { keptSource } from './kept-source.ts';
import type { Ask, PackageSource, SourceAnswer, VersionsById } from './package-source.ts';
import { sourcesOfTests } from './source-fixture.ts';
import type { SourceFixture } from './source-fixture.ts';
import { v2Gallery } from './v2-gallery-fixture.ts';
import { v2Source } from './v2-source.ts';
import { v3Gallery } from './v3-gallery-fixture.ts';
import { v3Source } from './v3-source.ts';

/** What each of our feeds is told of Acme.Core: the packages of the other one, since what it asks already is left out. */
const toldTo: Readonly<Record<string, string>> = { a: '1.0.0', c: '2.0.0' };
const galleries = Object.fromEntries(
  Object.entries(toldTo).map(([feed, version]) => [feed, v3Gallery([samplePackage({ id: 'Acme.Core', version })])]),
);
const signal = new AbortController().signal;
/** As one of our feeds asks: the id stays, and what is signed differs each time. */
const asked = { times: 0 };
const askOf = (feed: string): Ask => askUntil(signal, { chain: `${feed};mac=m${(asked.times += 1)}` });
const feedOf = (chain: string | string[] | undefined): string => String(chain).split(';')[0] ?? '';

/** Another fleet, which refers to both of our feeds. */
const otherFleet: Answerer = async (url, request) => {
  const reply = await galleries[feedOf(request.headers['x-nuget-feedchain'])]?.(url, request);
  return { ...reply, status: reply === undefined ? 404 : 200, headers: { ...reply?.headers, ...varying } };
};
const varying = { vary: 'Accept-Encoding, x-nuget-FeedChain', 'cache-control': 'no-store' };
const plain = v3Gallery([samplePackage({ id: 'Acme.Core', version: '1.0.0' })]);

const openV3 = sourcesOfTests(v3Source, '/index.json');
const openV2 = sourcesOfTests(v2Source, '/api/v2');
const faults: unknown[] = [];
afterEach(() => {
  expect(faults.splice(0)).toEqual([]);
});

interface Kept {
  readonly source: PackageSource;
  readonly fixture: SourceFixture;
  readonly answers: KeptAnswers;
  readonly clock: { now: number };
}

async function open(answer: Answerer, freshMs = 60_000): Promise<Kept> {
  const fixture = await openV3(answer);
  const clock = { now: 0 };
  const answers = new KeptAnswers({
    ...{ maxBytes: 1024 ** 2, now: () => clock.now, random: () => 0, onFault: (error) => faults.push(error) },
  });
  const times = { freshMs, staleMs: 3_600_000, timeoutMs: 60_000 };
  return { source: keptSource(fixture.source, { answers, key: 'one', ...times }), fixture, answers, clock };
}

const versionsIn = (answer: SourceAnswer<VersionsById>): readonly string[] =>
  answer.outcome === 'answered'
    ? (answer.value.get('acme.core') ?? []).map(({ normalizedVersion }) => normalizedVersion)
    : [answer.outcome];
const told = async (source: PackageSource, feed: string): Promise<readonly string[]> =>
  versionsIn(await source.versions(['acme.core'], askOf(feed)));
const registrationsIn = ({ gallery }: SourceFixture): number =>
  gallery.asked.filter((path) => path.startsWith('/registration')).length;

/** Holds registrations back until that many are asked for, or all are let go. */
function gate(answer: Answerer): { readonly answer: Answerer; readonly waiting: Promise<void>; open: () => void } {
  const [waiting, open] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  return {
    answer: async (url, request) => {
      if (url.pathname.startsWith('/registration')) {
        waiting.resolve(undefined);
        await open.promise;
      }
      return answer(url, request);
    },
    waiting: waiting.promise,
    open: () => open.resolve(undefined),
  };
}

describe('a source that answers by the feed chain', () => {
  it('tells each feed its own answer, which is kept for that feed alone', async () => {
    const { source, fixture } = await open(otherFleet);
    const answers = [];
    for (const feed of ['a', 'c', 'a', 'c']) answers.push(await told(source, feed));
    expect(answers).toEqual([['1.0.0'], ['2.0.0'], ['1.0.0'], ['2.0.0']]);
    expect(registrationsIn(fixture)).toBe(2);
  });

  it('says so, out of memory too, for one id and for several', async () => {
    const { source } = await open(otherFleet);
    for (const ids of [['acme.core'], ['acme.core'], ['acme.core', 'none']]) {
      await expect(source.versions(ids, askOf('a'))).resolves.toMatchObject({ variesByChain: true });
    }
    const query = { text: 'packageid:acme.core', includePrerelease: true, includeSemVer2: true, packageType: null };
    const found = await source.search({ ...query, take: 5, filters: [] }, askOf('c'));
    expect(found).toMatchObject({ variesByChain: true, value: { hits: [{ id: 'Acme.Core' }] } });
    const file = { id: 'acme.core', normalizedVersion: '2.0.0' };
    const [has, hasNot] = [await source.content(file, askOf('c')), await source.content(file, askOf('a'))];
    expect([has, hasNot]).toMatchObject([
      { variesByChain: true, value: {} },
      { variesByChain: true, value: null },
    ]);
    if (has.outcome === 'answered') has.value?.open(signal).resume();
  });

  it('is asked by each feed when they ask at once, before anything is known of it and after', async () => {
    const held = gate(otherFleet);
    const { source, fixture } = await open(held.answer);
    const feeds = ['a', 'c', 'a', 'c', 'c'];
    const answers = Promise.all(feeds.map((feed) => told(source, feed)));
    await held.waiting;
    held.open();
    expect(await answers).toEqual([['1.0.0'], ['2.0.0'], ['1.0.0'], ['2.0.0'], ['2.0.0']]);
    expect(registrationsIn(fixture)).toBe(2);
    await Promise.all(feeds.map((feed) => source.versions(['other'], askOf(feed))));
    expect(registrationsIn(fixture)).toBe(4);
  });

  it('is not asked with the entity tag of what another feed was told', async () => {
    const tags: (string | undefined)[] = [];
    const { source } = await open((url, request) => {
      tags.push(request.headers['if-none-match']);
      return otherFleet(url, request);
    }, 0);
    expect([await told(source, 'a'), await told(source, 'c')]).toEqual([['1.0.0'], ['2.0.0']]);
    expect(new Set(tags)).toEqual(new Set([undefined]));
  });

  it('stands in for itself with what it told the same feed', async () => {
    const { source, fixture, clock } = await open(otherFleet);
    await told(source, 'a');
    fixture.gallery.answer = () => ({ status: 503 });
    fixture.advance(3_600_000);
    clock.now += 600_000;
    const stale = await source.versions(['acme.core'], askOf('a'));
    expect(stale).toMatchObject({ outcome: 'answered', isStale: true, variesByChain: true });
    expect([versionsIn(stale), await told(source, 'c')]).toEqual([['1.0.0'], ['unavailable']]);
  });

  it('is asked again in the background with the chain of who asks, not with an older one', async () => {
    const chains: string[] = [];
    const { source, answers, clock } = await open((url, request) => {
      chains.push(String(request.headers['x-nuget-feedchain']));
      return otherFleet(url, request);
    });
    await told(source, 'a');
    clock.now += 61_000;
    const last = askOf('a');
    await expect(source.versions(['acme.core'], last)).resolves.toMatchObject({ requests: 0 });
    while (answers.flights.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(chains.at(-1)).toBe(last.chain);
  });

  it('tells no feed what a service index or an absence was told to another', async () => {
    const absent: string[] = [];
    const { source } = await open((url, request): Reply => {
      const feed = feedOf(request.headers['x-nuget-feedchain']);
      if (url.pathname === '/index.json') {
        const resources = [{ '@id': `${url.origin}/content/${feed}`, '@type': 'PackageBaseAddress/3.0.0' }];
        return json({ resources }, { ...varying, etag: '"index"' });
      }
      if (url.pathname.endsWith('.nuspec')) absent.push(feed);
      const isNuspec = url.pathname.endsWith('.nuspec');
      return isNuspec ? { status: 404, headers: varying } : json({ versions: [toldTo[feed]] }, varying);
    }, 0);
    expect([await told(source, 'a'), await told(source, 'c')]).toEqual([['1.0.0'], ['2.0.0']]);
    expect(absent).toEqual(['a', 'c']);
  });

  it('speaks NuGet v2 as well', async () => {
    const gallery = v2Gallery([samplePackage({ id: 'Acme.Core', version: '1.0.0' })]);
    const answer: Answerer = async (url, request) => ({ ...(await gallery(url, request)), headers: varying });
    const fixture = await openV2(answer);
    await expect(fixture.source.versions(['acme.core'], askOf('a'))).resolves.toMatchObject({ variesByChain: true });
  });
});

describe('a source that does not answer by the feed chain', () => {
  it('is asked once for all feeds, one after another and at once', async () => {
    const held = gate(plain);
    const { source, fixture } = await open(held.answer);
    const answers = Promise.all(['a', 'c', 'c'].map((feed) => source.versions(['acme.core'], askOf(feed))));
    await held.waiting;
    held.open();
    for (const answer of [...(await answers), await source.versions(['acme.core'], askOf('d'))]) {
      expect([versionsIn(answer), 'variesByChain' in answer]).toEqual([['1.0.0'], false]);
    }
    expect(fixture.gallery.asked).toEqual(['/index.json', '/registration/acme.core/index.json']);
  });

  it('is not taken for one that does because it varies by other headers', async () => {
    const { source, fixture } = await open(async (url, request) => {
      const reply = await plain(url, request);
      return reply && { ...reply, headers: { ...reply.headers, vary: 'X-NuGet-Feedchain-Not, Accept-Encoding' } };
    });
    for (const feed of ['a', 'c']) await told(source, feed);
    expect(registrationsIn(fixture)).toBe(1);
  });

  it('is one that tells everybody all again, once it does', async () => {
    const { source, fixture, clock } = await open(otherFleet);
    await told(source, 'a');
    fixture.gallery.answer = plain;
    clock.now += 600_000;
    await told(source, 'a');
    for (const feed of ['a', 'c', 'd']) expect(await told(source, feed)).toEqual(['1.0.0']);
    expect(registrationsIn(fixture)).toBe(2);
  });
});
