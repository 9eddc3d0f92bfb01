/**
 * The conformance suite: over the server that the environment names (`npm run conformance` sets it), or else over a fleet of its
 * own, by the URLs of every family, on a public and on a private feed.
 */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll } from '@jest/globals';

import { exchange } from '../src/support/exchange.ts';
import { describeConformance } from './suite.ts';
import type { Scope } from './suite.ts';
import { addressesOf } from './support/addresses.ts';
import { Server } from './support/server.ts';
import { examine } from './support/subject.ts';
import type { Subject } from './support/subject.ts';

interface Chosen {
  readonly subject: Subject;
  readonly scope: Scope;
}

async function given(base: string): Promise<readonly Chosen[]> {
  const { FEEDFLEET_CONFORMANCE_KEY: key = '', FEEDFLEET_CONFORMANCE_URLS: urls = '{}' } = process.env;
  const addresses = addressesOf(base, JSON.parse(urls) as Record<string, string>);
  return [{ subject: await examine(base, new Server({ addresses, key })), scope: 'every' }];
}

/** A feed that knows of none has no such resource. */
async function importVulnerability(feedUrl: string, key: string): Promise<void> {
  const known = { 'vulnerable.package': [{ url: 'https://example.org/advisory', severity: 2, versions: '(, 1.0.0)' }] };
  const { status, text } = await exchange(`${feedUrl}/api/v3/vulnerabilities/conformance`, {
    method: 'PUT',
    headers: { 'x-nuget-apikey': key, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(known)),
  });
  if (status !== 200) throw new Error(`vulnerabilities are refused: ${status} ${text}`);
}

async function ofFleet({ url, registry, adminKey }: Fleet): Promise<readonly Chosen[]> {
  await registry.feeds.create({ name: 'Open', visibility: 'public' });
  await registry.feeds.create({ name: 'Closed', visibility: 'private' });
  await registry.feeds.create({ name: 'Deleting', visibility: 'public', deletion: 'delete' });
  const { secret: key } = await registry.keys.create({
    name: 'conformance',
    feeds: ['Open', 'Closed', 'Deleting'],
    scopes: ['read', 'push', 'unlist', 'delete'],
  });
  const [open, closed, deleting] = [`${url}/F/Open`, `${url}/F/Closed`, `${url}/F/Deleting`];
  for (const feedUrl of [open, closed]) await importVulnerability(feedUrl, adminKey);
  const credentials = { authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}` };
  const server = (base: string, more: { readonly v2?: string; readonly push?: string } = {}): Server =>
    new Server({ addresses: addressesOf(base, more), key });
  const whole = await examine('/F/{feed}/api', server(open));
  const basic = await examine('a private feed', new Server({ addresses: addressesOf(closed), key, credentials }));
  return [
    { subject: whole, scope: 'all' },
    // The feed's own URL is a root of v2 too.
    { subject: await examine('/F/{feed}', server(open, { v2: '/', push: '/' }), whole.fixture), scope: 'v2' },
    { subject: basic, scope: 'all' },
    {
      subject: await examine('a pre-authenticated URL', server(`${closed}/auth/${key}`), basic.fixture),
      scope: 'all',
    },
    { subject: await examine('a feed that deletes', server(deleting)), scope: 'deletion' },
  ];
}

const base = process.env.FEEDFLEET_CONFORMANCE_BASE;
const fleet = base === undefined ? await startFleet() : undefined;
let chosen: readonly Chosen[] = [];
try {
  chosen = fleet === undefined ? await given(base ?? '') : await ofFleet(fleet);
} catch (error) {
  await fleet?.stop();
  throw error;
}
for (const { subject, scope } of chosen) describeConformance(subject, scope);

afterAll(async () => {
  for (const { subject } of chosen) subject.server.close();
  await fleet?.stop();
});
