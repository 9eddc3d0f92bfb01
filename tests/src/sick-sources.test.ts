/** Foreign sources that fall sick, seen by the clients of feeds that need them, can do without them, or have nothing to do with them. */
import { samplePackage } from '@feedfleet/sample-package';
import type { TestCertificates } from '@feedfleet/sick-source';
import { eventually } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Exchange } from './support/exchange.ts';
import { downloadPath, FeedClient, READ_FAMILIES } from './support/feed-client.ts';
import type { ReadFamily } from './support/feed-client.ts';
import { FEED_KINDS, FOREIGN, OWN, SICKNESSES, SickFleet, sickFeedName as nameOf } from './support/sick-fleet.ts';
import type { Sickness } from './support/sick-fleet.ts';
import { VERSION_LISTS, versionsIn } from './support/source-graph.ts';

const BAD_CERTIFICATES = ['expired', 'untrusted'] as const satisfies Sickness[];
/** Of a source. */
const TIMEOUT_MS = 400;
/** A client that waited for more than the source's time limit has waited for two of them or longer. */
const WAIT_LIMIT_MS = 4_000;
const RECOVERY_LIMIT_MS = 5_000;
const TEST_MS = 30_000;
const SETUP_MS = 90_000;

let fleet: Fleet;
let certificates: TestCertificates;
let sick: SickFleet;

const client = (feed: string): FeedClient => new FeedClient(`${fleet.url}/F/${feed}`, fleet.adminKey);
const versions = (feed: string, family: ReadFamily): Promise<Exchange> =>
  client(feed).send(VERSION_LISTS[family](OWN.id));

/** Whether every family gives both versions, from every feed with the source. */
async function isWell(sickness: Sickness): Promise<true | undefined> {
  for (const kind of FEED_KINDS) {
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
  sick = await SickFleet.start({ timeoutMs: TIMEOUT_MS });
  ({ fleet, certificates } = sick);
  await sick.addFeed('alone');
}, SETUP_MS);

afterAll(() => sick.stop(), TEST_MS);

describe('a source whose certificate is not good', () => {
  const words = { expired: () => `expired at ${certificates.expiredAt}`, untrusted: () => 'is self-signed' } as const;

  it.each(BAD_CERTIFICATES)(
    'is told as that (%s), with its date if it expired, by the 503 and by explain',
    async (bad) => {
      await eventually({ what: 'the source is known and well', limitMs: 10_000 }, () => isWell(bad));
      await sick.source(bad).become(bad);
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
      await sick.source(bad).become('well');
    },
    TEST_MS,
  );
});

describe.each(SICKNESSES)('a source that is sick (%s)', (sickness) => {
  beforeAll(async () => {
    await eventually({ what: 'the source is known and well', limitMs: 10_000 }, () => isWell(sickness));
    await sick.source(sickness).become(sickness);
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
      await sick.source(sickness).become('well');
      await eventually({ what: 'all of its packages are back', limitMs: RECOVERY_LIMIT_MS }, () => isWell(sickness));
      for (const family of READ_FAMILIES) {
        const { status, body } = await client(nameOf('needs', sickness)).send(downloadPath(family, FOREIGN));
        expect([family, status, body.equals(samplePackage(FOREIGN))]).toEqual([family, 200, true]);
      }
    },
    TEST_MS,
  );
});
