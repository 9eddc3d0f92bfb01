/** Every process that reads feeds stands in for every other one, and what it answers is the same to the byte. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { READING_FAMILIES } from '@feedfleet/registry-client';
import type { ReadingFamily } from '@feedfleet/registry-client';
import { portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { exchange } from './support/exchange.ts';
import type { Exchange, ExchangeOptions } from './support/exchange.ts';
import { FeedClient, pathsOf } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

interface Asked extends Pick<ExchangeOptions, 'method' | 'headers' | 'body'> {
  readonly path: string;
}

const NAME = { id: 'Steady', version: '1.0.0' };
const GZIP = { 'accept-encoding': 'gzip' };
/** Of one answer, not of what is asked. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'x-feedfleet-busy',
  'date',
  'x-request-id',
  'server-timing',
  'connection',
  'keep-alive',
]);

let fleet: Fleet;

const v2 = (mount: string): readonly Asked[] => [
  { path: mount, headers: { accept: 'application/json' } },
  { path: `${mount}/Packages?$orderby=Id&$top=1&$inlinecount=allpages`, headers: GZIP },
  { path: `${mount}/GetUpdates()`, method: 'POST', body: Buffer.from("packageIds='Steady'&versions='0.1'") },
  { path: `${mount}/package/${NAME.id}/${NAME.version}`, headers: { range: 'bytes=10-40' } },
  { path: `${mount}/package/${NAME.id}/9.9.9` },
  { path: `${mount}/Packages?$filter=Nothing%20eq%201` },
  { path: `${mount}/Packages`, method: 'PATCH' },
  { path: `${mount}/explain?id=Steady` },
];

const ASKED: Readonly<Record<ReadingFamily, readonly Asked[]>> = {
  default: [...pathsOf('default', NAME).map((path) => ({ path })), ...v2('')],
  v1: ['/api/v1', '/v1', '/api/v1/FeedService.svc'].flatMap((mount) =>
    ['', '/$metadata', "/FindPackagesById()?id='Steady'", "/Packages(Id='Steady',Version='1.0.0')", '/nothing'].map(
      (path) => ({ path: mount + path }),
    ),
  ),
  v2: [...pathsOf('v2', NAME).map((path) => ({ path })), ...v2('/api/v2')],
  v3: [
    ...pathsOf('v3', NAME).map((path) => ({ path })),
    { path: '/api/v3/index.json', method: 'HEAD' },
    { path: '/api/v3/index.json', headers: GZIP },
    { path: '/api/v3/index.json', method: 'POST' },
    { path: '/api/v3/flat/nobody/index.json' },
    { path: '/api/v3/statistics.json?days=3' },
  ],
};

/** Straight at the process, as the balancer would ask it. */
function ask(process: ReadingFamily, family: ReadingFamily, url: string, asked: Asked): Promise<Exchange> {
  const { path, headers, ...rest } = asked;
  const named = process === family ? {} : { 'x-feedfleet-family': family };
  const forwarded = {
    'x-request-id': 'one',
    host: 'packages.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'packages.example',
  };
  return exchange(`http://127.0.0.1:${portsOf(fleet)[`${process}-1`]}${url}${path}`, {
    ...rest,
    headers: { ...forwarded, ...headers, ...named },
  });
}

/** Everything that a client can see of an answer. */
function seen({ status, reason, headers, body }: Exchange): unknown {
  const text = body.toString('latin1').replace(/"tookMs":\d+/g, '');
  const isTimed = text.length !== body.length;
  const kept = Object.entries(headers).filter(
    ([name]) => !OWN_HEADERS.has(name) && !(isTimed && name === 'content-length'),
  );
  return { status, reason, headers: Object.fromEntries(kept), text };
}

beforeAll(async () => {
  // What was downloaded is told by answers too: it stays as it is for the length of the test.
  fleet = await startFleet({ environment: { FEEDFLEET_DOWNLOAD_FLUSH_MS: '3600000' } });
  const { feeds, sources } = fleet.registry;
  await feeds.create({ name: 'closed', visibility: 'private' });
  await feeds.create({ name: 'outer' });
  await sources.create('outer', { name: 'main', target: { kind: 'feed', feed: 'main' } });
  for (const name of ['main', 'closed', 'outer']) {
    const feed = new FeedClient(`${fleet.url}/F/${name}`, fleet.adminKey);
    expect(await feed.push(buildPackage(NAME))).toMatchObject({ status: 201 });
    expect(await feed.push(buildPackage({ id: `Only.${name}`, version: '2.0.0-rc.1' }))).toMatchObject({ status: 201 });
  }
});
afterAll(() => fleet.stop());

const PAIRS = READING_FAMILIES.flatMap((family) =>
  READING_FAMILIES.filter((process) => process !== family).map((process) => ({ family, process })),
);

describe.each(PAIRS)('$process in place of $family', ({ family, process }) => {
  it.each([
    ['a feed', '/F/main'],
    ['a feed with another one behind it', '/F/outer'],
    ['a private feed without a key', '/F/closed'],
    ['no feed', '/F/nobody'],
  ])('answers for %s what its own process answers', async (_what, url) => {
    const answers = await Promise.all(
      ASKED[family].map(async (asked) => {
        const own = await ask(family, family, url, asked);
        const other = await ask(process, family, url, asked);
        const etag = own.headers.etag;
        const again =
          etag === undefined ? undefined : { ...asked, headers: { ...asked.headers, 'if-none-match': etag } };
        const unchanged = again === undefined ? 304 : (await ask(process, family, url, again)).status;
        return { asked, own: seen(own), other: seen(other), unchanged };
      }),
    );
    for (const { asked, own, other, unchanged } of answers) {
      expect({ asked, answer: other }).toEqual({ asked, answer: own });
      expect({ asked, unchanged }).toEqual({ asked, unchanged: 304 });
    }
  });

  it('answers with a key in the URL, and links that hold it', async () => {
    const url = `/F/closed/auth/${fleet.adminKey}`;
    for (const asked of ASKED[family].slice(0, 4)) {
      const own = seen(await ask(family, family, url, asked));
      expect(seen(await ask(process, family, url, asked))).toEqual(own);
    }
  });
});
