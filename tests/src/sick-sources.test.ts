/** Foreign sources that fall sick, seen by the clients of feeds that need them, can do without them, or have nothing to do with them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { makeTestCertificates } from './support/certificates.ts';
import type { TestCertificates } from './support/certificates.ts';
import { eventually } from './support/eventually.ts';
import type { Exchange } from './support/exchange.ts';
import { downloadPath, FeedClient, READ_FAMILIES } from './support/feed-client.ts';
import type { ReadFamily } from './support/feed-client.ts';
import { startFleet } from './support/fleet.ts';
import type { Fleet } from './support/fleet.ts';
import { buildPackage } from './support/package-builder.ts';
import { SickSource } from './support/sick-source.ts';
import type { Health } from './support/sick-source.ts';
import { VERSION_LISTS, versionsIn } from './support/source-graph.ts';

const BAD_CERTIFICATES = ['expired', 'untrusted'] as const satisfies Health[];
const SICKNESSES = [
  ...(['refused', 'blackHole', 'slowDrip', 'failing', 'garbage', 'endless'] as const satisfies Health[]),
  ...BAD_CERTIFICATES,
] as const;
const OWN = { id: 'Acme.Shared', version: '1.0.0' };
const FOREIGN = { id: 'Acme.Shared', version: '2.0.0' };
/** Of a source. */
const TIMEOUT_MS = 400;
/** A client that waited for more than the source's time limit has waited for two of them or longer. */
const WAIT_LIMIT_MS = 4_000;
const RECOVERY_LIMIT_MS = 5_000;
const TEST_MS = 30_000;
const SETUP_MS = 90_000;

/** Feeds with the source: one that says so when it is missing, one that takes what it had, one that leaves it out. */
const FEEDS = {
  needs: { required: true, staleMs: 0 },
  keeps: { required: true, staleMs: 3_600_000 },
  leaves: { required: false, staleMs: 0 },
} as const;
type FeedKind = keyof typeof FEEDS;

let fleet: Fleet;
let certificates: TestCertificates;
const sources = new Map<Health, SickSource>();

const client = (feed: string): FeedClient => new FeedClient(`${fleet.url}/F/${feed}`, fleet.adminKey);
const nameOf = (kind: FeedKind, sickness: Health): string => `${kind}-${sickness}`;
const versions = (feed: string, family: ReadFamily): Promise<Exchange> =>
  client(feed).send(VERSION_LISTS[family](OWN.id));

async function addFeed(name: string): Promise<void> {
  await fleet.registry.feeds.create({ name, visibility: 'public' });
  expect(await client(name).push(buildPackage(OWN))).toMatchObject({ status: 201 });
}

async function addSickFeed(kind: FeedKind, sickness: Health, url: string): Promise<void> {
  const { required, staleMs } = FEEDS[kind];
  const name = nameOf(kind, sickness);
  await addFeed(name);
  await fleet.registry.feeds.update(name, { sharedIds: ['*'] });
  const { source } = await fleet.registry.sources.create(name, {
    ...{ name: `the-${sickness}`, target: { kind: 'foreign', url }, required, staleMs, freshMs: 0 },
    ...{ timeoutMs: TIMEOUT_MS, allowPrivateAddresses: true },
  });
  await fleet.registry.sources.report({ reports: [{ source: source.id, url, fingerprint: null, state: 'clear' }] });
}

async function addSickness(sickness: (typeof SICKNESSES)[number]): Promise<void> {
  const isByTls = BAD_CERTIFICATES.some((bad) => bad === sickness);
  const source = await SickSource.open(FOREIGN, isByTls ? certificates : undefined);
  sources.set(sickness, source);
  for (const kind of ['needs', 'keeps', 'leaves'] as const) await addSickFeed(kind, sickness, source.url);
}

/** Whether every family gives both versions, from every feed with the source. */
async function isWell(sickness: Health): Promise<true | undefined> {
  for (const kind of ['needs', 'keeps', 'leaves'] as const) {
    for (const family of READ_FAMILIES) {
      const answer = await versions(nameOf(kind, sickness), family);
      const marks = [answer.headers['x-feedfleet-partial'], answer.headers['x-feedfleet-stale']];
      if (answer.status !== 200 || versionsIn(answer).length !== 2 || marks.join('') !== '') return undefined;
    }
  }
  return true;
}

async function timed(answer: Promise<Exchange>): Promise<Exchange> {
  const begun = performance.now();
  const exchange = await answer;
  expect(performance.now() - begun).toBeLessThan(WAIT_LIMIT_MS);
  return exchange;
}

beforeAll(async () => {
  certificates = await makeTestCertificates();
  fleet = await startFleet({ environment: certificates.environment });
  await addFeed('alone');
  await Promise.all(SICKNESSES.map(addSickness));
}, SETUP_MS);

afterAll(async () => {
  for (const source of sources.values()) await source.close();
  await fleet.stop();
  await certificates.remove();
}, TEST_MS);

describe('a source whose certificate is not good', () => {
  const words = { expired: () => `expired at ${certificates.expiredAt}`, untrusted: () => 'is self-signed' } as const;

  it.each(BAD_CERTIFICATES)(
    'is told as that (%s), with its date if it expired, by the 503 and by explain',
    async (bad) => {
      await eventually({ what: 'the source is known and well', limitMs: 10_000 }, () => isWell(bad));
      await sources.get(bad)?.become(bad);
      for (const family of READ_FAMILIES) {
        const { status, text } = await timed(versions(nameOf('needs', bad), family));
        expect([family, status]).toEqual([family, 503]);
        expect([family, text]).toEqual([family, expect.stringContaining(`the-${bad}`)]);
        expect([family, text]).toEqual([family, expect.stringContaining(words[bad]())]);
      }
      for (const kind of ['needs', 'leaves'] as const) {
        const { status, text } = await timed(client(nameOf(kind, bad)).send(`/explain?id=${OWN.id}`));
        const { sources: asked } = JSON.parse(text) as { readonly sources: readonly Record<string, unknown>[] };
        expect([kind, status, asked.find(({ source }) => source === `the-${bad}`)]).toEqual([
          ...[kind, 200],
          expect.objectContaining({ outcome: 'unavailable', detail: expect.stringContaining(words[bad]()) as unknown }),
        ]);
      }
      await sources.get(bad)?.become('well');
    },
    TEST_MS,
  );
});

describe.each(SICKNESSES)('a source that is sick (%s)', (sickness) => {
  beforeAll(async () => {
    await eventually({ what: 'the source is known and well', limitMs: 10_000 }, () => isWell(sickness));
    await sources.get(sickness)?.become(sickness);
  }, TEST_MS);

  it('is named in a 503 that says when to come again, where a feed cannot do without it', async () => {
    for (const family of READ_FAMILIES) {
      const { status, headers, reason, text } = await timed(versions(nameOf('needs', sickness), family));
      expect([family, status, Number(headers['retry-after']) > 0]).toEqual([family, 503, true]);
      expect([reason, text]).toEqual([
        expect.stringContaining(`the-${sickness}`),
        expect.stringContaining(`the-${sickness}`),
      ]);
    }
  });

  it('is stood in for by a complete copy, marked with its age, where a feed allows it', async () => {
    for (const family of READ_FAMILIES) {
      const answer = await timed(versions(nameOf('keeps', sickness), family));
      expect([family, answer.status, versionsIn(answer)]).toEqual([family, 200, ['1.0.0', '2.0.0']]);
      expect(answer.headers['x-feedfleet-stale']).toMatch(new RegExp(`^the-${sickness};age=\\d+$`));
      expect(answer.headers['x-feedfleet-partial']).toBeUndefined();
    }
  });

  it('is left out and marked where a feed can do without it', async () => {
    for (const family of READ_FAMILIES) {
      const answer = await timed(versions(nameOf('leaves', sickness), family));
      expect([family, answer.status, versionsIn(answer)]).toEqual([family, 200, ['1.0.0']]);
      expect(answer.headers['x-feedfleet-partial']).toMatch(new RegExp(`^the-${sickness};reason=`));
    }
  });

  it('does not keep a feed from giving a file that it has itself', async () => {
    for (const family of READ_FAMILIES) {
      const { status } = await timed(client(nameOf('needs', sickness)).send(downloadPath(family, OWN)));
      expect([family, status]).toEqual([family, 200]);
    }
  });

  it('is nothing to other feeds, however many ask for what it has', async () => {
    const waiting = Array.from({ length: 40 }, (_each, place) =>
      versions(nameOf(place % 2 === 0 ? 'needs' : 'leaves', sickness), READ_FAMILIES[place % 3] ?? 'v3'),
    );
    for (const family of READ_FAMILIES) {
      const answer = await timed(versions('alone', family));
      expect([family, answer.status, versionsIn(answer)]).toEqual([family, 200, ['1.0.0']]);
    }
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    expect(statuses).toEqual(waiting.map((_each, place) => (place % 2 === 0 ? 503 : 200)));
  });

  it(
    'is back soon after it is well',
    async () => {
      await sources.get(sickness)?.become('well');
      await eventually({ what: 'all of its packages are back', limitMs: RECOVERY_LIMIT_MS }, () => isWell(sickness));
      for (const family of READ_FAMILIES) {
        const { status, body } = await client(nameOf('needs', sickness)).send(downloadPath(family, FOREIGN));
        expect([family, status, body.equals(buildPackage(FOREIGN))]).toEqual([family, 200, true]);
      }
    },
    TEST_MS,
  );
});
