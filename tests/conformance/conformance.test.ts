/**
 * The conformance suite: over the server that the environment names (`npm run conformance` sets it), or else over a fleet of its
 * own, by the URLs of every family, on a public and on a private feed.
 */
import { afterAll } from '@jest/globals';

import { startFleet } from '../src/support/fleet.ts';
import type { Fleet } from '../src/support/fleet.ts';
import { describeConformance } from './suite.ts';
import { addressesOf } from './support/addresses.ts';
import { Server } from './support/server.ts';
import { examine } from './support/subject.ts';
import type { Subject } from './support/subject.ts';

/** The feed's own URL, which is a root of v2 too. */
const ROOT = '/F/{feed}';

async function given(base: string): Promise<readonly Subject[]> {
  const { FEEDFLEET_CONFORMANCE_KEY: key = '', FEEDFLEET_CONFORMANCE_URLS: urls = '{}' } = process.env;
  const addresses = addressesOf(base, JSON.parse(urls) as Record<string, string>);
  return [await examine(base, new Server({ addresses, key }))];
}

async function ofFleet({ url, registry }: Fleet): Promise<readonly Subject[]> {
  await registry.feeds.create({ name: 'Open', visibility: 'public' });
  await registry.feeds.create({ name: 'Closed', visibility: 'private' });
  const { secret: key } = await registry.keys.create({
    name: 'conformance',
    feeds: ['Open', 'Closed'],
    scopes: ['read', 'push', 'unlist'],
  });
  const [open, closed] = [`${url}/F/Open`, `${url}/F/Closed`];
  const basic = { authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}` };
  const whole = await examine('/F/{feed}/api', new Server({ addresses: addressesOf(open), key }));
  const root = new Server({ addresses: addressesOf(open, { v2: '/', push: '/' }), key });
  const basicSubject = await examine(
    'a private feed',
    new Server({ addresses: addressesOf(closed), key, credentials: basic }),
  );
  const tokenServer = new Server({ addresses: addressesOf(`${closed}/auth/${key}`), key });
  return [
    whole,
    await examine(ROOT, root, whole.fixture),
    basicSubject,
    await examine('a pre-authenticated URL', tokenServer, basicSubject.fixture),
  ];
}

const base = process.env.FEEDFLEET_CONFORMANCE_BASE;
const fleet = base === undefined ? await startFleet() : undefined;
let subjects: readonly Subject[] = [];
try {
  subjects = fleet === undefined ? await given(base ?? '') : await ofFleet(fleet);
} catch (error) {
  await fleet?.stop();
  throw error;
}
for (const subject of subjects) describeConformance(subject, subject.title === ROOT ? 'v2' : 'all');

afterAll(async () => {
  for (const { server } of subjects) server.close();
  await fleet?.stop();
});
