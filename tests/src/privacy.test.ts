/** Private means private: on every family, for every kind of URL and request, in every cache, log, metric and error. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newKey } from '@feedfleet/registry-client';
import { eventually, portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { FeedClient, OPEN_PATHS, READ_FAMILIES, downloadPath, pathsOf } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

const NAME = { id: 'Confidential', version: '1.0.0' };
const STATISTICS = ['', `/${NAME.id}`, `/${NAME.id}/${NAME.version}`].map((what) => `/api/v3/statistics${what}.json`);
const PATHS = [
  ...READ_FAMILIES.flatMap((family) => pathsOf(family, NAME)),
  ...['flat/confidential/1.0.0/readme', 'catalog/data/1/confidential.1.0.0.json'].map((path) => `/api/v3/${path}`),
  ...STATISTICS,
];
/** As it would stand in a document, a nuspec or a file; ids in URLs that were asked for do not count. */
const SECRET_TEXT = 'the plans for next year';
const EXPIRES_AFTER_MS = 3_000;

let fleet: Fleet;
let feedUrl: string;
let keys: Readonly<Record<'reader' | 'foreign' | 'expired' | 'revoked' | 'pusher' | 'wrong', string>>;
/** Bodies and heads of all refusals. */
const refusals: string[] = [];
const etags = new Map<string, string>();

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

interface Way {
  readonly title: string;
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** All the ways to present a key. */
function waysOf(key: string): readonly Way[] {
  return [
    { title: 'X-NuGet-ApiKey', prefix: '', headers: { 'x-nuget-apikey': key } },
    { title: 'Basic', prefix: '', headers: { authorization: basic('any', key) } },
    { title: 'Basic user', prefix: '', headers: { authorization: basic(key, '') } },
    { title: 'Bearer', prefix: '', headers: { authorization: `Bearer ${key}` } },
    { title: 'path', prefix: `/auth/${key}`, headers: {} },
  ];
}

/** The kinds of requests that could be answered without the answer itself. */
function variantsOf(
  requested: string,
): readonly { readonly method: string; readonly headers: Record<string, string> }[] {
  const etag = etags.get(requested) ?? '"none"';
  return [
    { method: 'GET', headers: {} },
    { method: 'HEAD', headers: {} },
    { method: 'GET', headers: { 'if-none-match': etag } },
    { method: 'GET', headers: { 'if-none-match': '*' } },
    { method: 'GET', headers: { range: 'bytes=0-9', 'if-range': etag } },
    { method: 'GET', headers: { 'accept-encoding': 'gzip' } },
  ];
}

/** What gave more than a refusal, or another one than 401 and 403. */
async function leaks(way: Way, paths = PATHS): Promise<readonly string[]> {
  const feed = new FeedClient(feedUrl + way.prefix);
  const asked = paths.flatMap((requested) => variantsOf(requested).map((variant) => ({ requested, variant })));
  const answers = await Promise.all(
    asked.map(async ({ requested, variant }) => {
      const answer = await feed.send(requested, { ...variant, headers: { ...way.headers, ...variant.headers } });
      refusals.push(JSON.stringify(answer.headers), answer.reason, answer.text);
      const complaint = complaintAbout(answer, etags.get(requested));
      return complaint === undefined ? [] : [`${complaint}: ${variant.method} ${requested} by ${way.title}`];
    }),
  );
  return answers.flat();
}

function complaintAbout({ status, headers, text }: Exchange, etag: string | undefined): string | undefined {
  if (status !== 401 && status !== 403) return `status ${status}`;
  if (status === 401 && headers['www-authenticate'] === undefined) return 'no WWW-Authenticate';
  if (headers.etag !== undefined || (etag !== undefined && JSON.stringify(headers).includes(etag))) return 'an ETag';
  if (headers['last-modified'] !== undefined || headers['content-range'] !== undefined) return 'a validator';
  if (headers['cache-control'] !== 'no-store') return 'a refusal that may be kept';
  return text.includes(SECRET_TEXT) ? 'the text' : undefined;
}

/** An authorised reader asks for everything, zipped and not, so that every cache holds it. */
async function warm(): Promise<void> {
  for (const { prefix, headers } of waysOf(keys.reader)) {
    const feed = new FeedClient(feedUrl + prefix);
    for (const encoding of ['identity', 'gzip']) {
      const read = async (requested: string): Promise<Exchange> => {
        const answer = await feed.send(requested, { headers: { ...headers, 'accept-encoding': encoding } });
        if (typeof answer.headers.etag === 'string') etags.set(requested, answer.headers.etag);
        return answer;
      };
      const answers = await Promise.all(PATHS.map(read));
      expect(answers.map(({ status }) => status)).toEqual(PATHS.map(() => 200));
    }
  }
}

beforeAll(async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'feedfleet-privacy-'));
  fleet = await startFleet({ data, environment: { FEEDFLEET_LOG_LEVEL: 'debug' } });
  const { feeds, keys: api } = fleet.registry;
  await feeds.create({ name: 'Closed', visibility: 'private' });
  await feeds.create({ name: 'Other', visibility: 'private' });
  feedUrl = `${fleet.url}/F/Closed`;
  const make = async (name: string, feed: string, more: { readonly expiresAt?: string } = {}) =>
    await api.create({ name, feeds: [feed], scopes: ['read'], ...more });
  const expired = await make('expired', 'Closed', { expiresAt: new Date(Date.now() + EXPIRES_AFTER_MS).toISOString() });
  const [reader, foreign, revoked] = [
    await make('reader', 'Closed'),
    await make('foreign', 'Other'),
    await make('revoked', 'Closed'),
  ];
  const pusher = await api.create({ name: 'pusher', feeds: ['Closed'], scopes: ['push', 'unlist', 'delete'] });
  const pushed = await new FeedClient(feedUrl, pusher.secret).push(
    buildPackage({
      ...NAME,
      description: SECRET_TEXT,
      metadataXml: '<readme>readme.txt</readme>',
      files: { 'readme.txt': SECRET_TEXT },
    }),
  );
  expect(pushed).toMatchObject({ status: 201 });
  keys = {
    reader: reader.secret,
    foreign: foreign.secret,
    expired: expired.secret,
    revoked: revoked.secret,
    pusher: pusher.secret,
    wrong: newKey(),
  };
  for (const key of [keys.expired, keys.revoked]) {
    expect(await new FeedClient(feedUrl, key).send('/api/v3/index.json')).toMatchObject({ status: 200 });
  }
  await api.revoke(revoked.key.id);
  await eventually({ what: 'the key expires', limitMs: 10_000 }, async () => {
    const { status } = await new FeedClient(feedUrl, keys.expired).send('/api/v3/index.json');
    return status === 403 || undefined;
  });
  await warm();
});
afterAll(async () => {
  await fleet.stop();
  rmSync(fleet.data, { recursive: true, force: true });
});

describe('a private feed that was just read by who may', () => {
  it('has validators that could be guessed at, and answers that nobody else may keep', async () => {
    expect(etags.size).toBe(PATHS.length - OPEN_PATHS.length - STATISTICS.length);
    const kept = await Promise.all(
      PATHS.map(async (each) => (await new FeedClient(feedUrl, keys.reader).send(each)).headers['cache-control'] ?? ''),
    );
    expect(kept.filter((value) => !/private|no-store/.test(value))).toEqual([]);
  });

  it('shows nothing without a credential', async () => {
    const paths = PATHS.filter((each) => !OPEN_PATHS.includes(each));
    expect(await leaks({ title: 'nothing', prefix: '', headers: {} }, paths)).toEqual([]);
  });

  it('tells at its v2 roots nothing that depends on it', async () => {
    for (const root of OPEN_PATHS) {
      const [closed, other] = await Promise.all(
        ['Closed', 'Other'].map((name) => exchange(`${fleet.url}/F/${name}${root}`)),
      );
      expect(closed).toMatchObject({ status: 200 });
      expect(closed?.headers.etag).toBeUndefined();
      expect(closed?.headers['last-modified']).toBeUndefined();
      expect(closed?.text.replaceAll('/F/Closed', '/F/Other')).toBe(other?.text);
    }
  });

  it.each(['wrong', 'foreign', 'expired', 'revoked', 'pusher'] as const)(
    'shows nothing with a key that is %s, however it is sent',
    async (kind) => {
      for (const way of waysOf(keys[kind])) expect(await leaks(way)).toEqual([]);
    },
  );

  it('shows nothing by other spellings of its name', async () => {
    const spellings = [
      '/f/CLOSED',
      '/F/Closed/',
      '/F//Closed',
      '/F/Other/../Closed',
      '/F/%43losed',
      '/F/main/%2e%2e/Closed',
    ];
    for (const spelling of spellings) {
      const { status, text } = await exchange(`${fleet.url}${spelling}${downloadPath('v3', NAME)}`);
      expect([401, 403, 404]).toContain(status);
      expect(text).not.toContain(SECRET_TEXT);
    }
  });

  it('takes no write from who may only read, and tells nothing by it', async () => {
    const content = buildPackage({ ...NAME, version: '2.0.0' });
    for (const key of [keys.reader, keys.foreign, keys.expired, keys.revoked, keys.wrong]) {
      const feed = new FeedClient(feedUrl, key);
      for (const answer of [await feed.push(content), await feed.remove(NAME), await feed.relist(NAME)]) {
        expect(answer).toMatchObject({ status: 403 });
        refusals.push(answer.reason, answer.text);
      }
    }
    expect(await new FeedClient(feedUrl).remove(NAME)).toMatchObject({ status: 401 });
  });
});

describe('after all that', () => {
  /** Requests that go wrong with a key in the path, each at another place. */
  const broken = (key: string): readonly string[] => [
    `/F/Nowhere/auth/${key}/api/v3/index.json`,
    `/F/Closed/auth/${key}/api/v9`,
    `/F/Closed/auth/${key}/Packages(Id='x',Version='y'`,
    `/F/Closed/auth/${key}/Packages()?$filter=nonsense(((`,
    `/F/Closed/auth/${key}/api/v2/package/Absent/1.0.0`,
    `/F/Closed/auth/${key}/%zz`,
    `/F/Closed/AUTH/${key}/nothing`,
    `/F/Closed/auth/${encodeURIComponent(key).replace('_', '%5F')}/api/v9`,
    `/elsewhere/auth/${key}/x`,
    `/F/Closed/auth/${key}/${'x'.repeat(9_000)}`,
  ];
  const everyKey = (): readonly string[] => [...Object.values(keys), fleet.adminKey];
  /** Also as it stands in an Authorization header, and without the part that marks it. */
  const traces = (key: string): readonly string[] => [
    key.slice(3),
    Buffer.from(`any:${key}`).toString('base64').slice(8, 40),
  ];

  it('no answer to a broken request shows the key that came with it', async () => {
    for (const key of everyKey()) {
      for (const target of broken(key)) {
        for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
          const answer = await exchange(fleet.url + target, { method, headers: { 'x-nuget-apikey': key } });
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).not.toBe(500);
          refusals.push(JSON.stringify(answer.headers), answer.reason, answer.text);
        }
      }
    }
    const all = refusals.join('\n');
    expect(all.length).toBeGreaterThan(10_000);
    for (const key of everyKey()) for (const trace of traces(key)) expect(all).not.toContain(trace);
  });

  it('no key is in the metrics of any process', async () => {
    const metrics = await Promise.all(
      Object.entries(portsOf(fleet)).map(async ([instance, port]) => {
        const { status, text } = await exchange(`http://127.0.0.1:${port}/metrics`);
        return { instance, status, text };
      }),
    );
    expect(metrics.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
    const all = metrics.map(({ text }) => text).join('\n');
    for (const key of everyKey()) for (const trace of traces(key)) expect(all).not.toContain(trace);
  });

  it('no key is in any log, nor in any other file of the fleet', async () => {
    expect(await fleet.stop()).toBe(0);
    const logs = readdirSync(path.join(fleet.data, 'logs'));
    expect(logs.length).toBeGreaterThanOrEqual(6);
    const files = readdirSync(fleet.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holders = files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => {
        const bytes = readFileSync(file);
        return everyKey().some((key) => traces(key).some((trace) => bytes.includes(trace)));
      });
    expect(holders).toEqual([]);
  });
});
