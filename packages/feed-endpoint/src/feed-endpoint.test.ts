import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';

import { OTHER_KEY, READ_KEY, openFixture, text } from './endpoint-fixture.ts';
import type { EndpointFixture, Received } from './endpoint-fixture.ts';

let fixture: EndpointFixture;

beforeEach(async () => {
  fixture = await openFixture();
});

afterEach(() => fixture.close());

const codeOf = ({ body }: Received): string => (JSON.parse(body.toString()) as { code: string }).code;
const etagOf = ({ headers }: Received): string => headers.etag ?? '';
const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` });

describe('the URL of a feed', () => {
  it('gives the protocol what follows the mount, and links as the client typed them', async () => {
    await fixture.send("/f/oPEN/API/v3/Packages(Id='A')?q=a%20b&x");
    const [query] = fixture.queries;
    const feedUrl = `http://localhost:${fixture.host.port}/f/oPEN`;
    expect(query).toMatchObject({ path: "/Packages(Id='A')", search: 'q=a%20b&x', method: 'GET', body: '', feedUrl });
    expect([query?.baseUrl, query?.feed.id]).toEqual([`${feedUrl}/api/v3`, 'open']);
  });

  it('keeps the key of a pre-authenticated URL, the prefix and the outer host in links', async () => {
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'nuget.example.org',
      'x-forwarded-prefix': '/a/b',
    };
    await fixture.send(`/F/closed-alias/auth/${READ_KEY}/api/v3/index.json`, { headers });
    expect(fixture.queries[0]?.feedUrl).toBe(`https://nuget.example.org/a/b/F/closed-alias/auth/${READ_KEY}`);
  });

  it.each(['/api/v3', '/api/v3/'])('gives / for %s', async (path) => {
    await fixture.send(`/F/Open${path}`);
    expect(fixture.queries[0]?.path).toBe('/');
  });

  it.each([
    ['/F/Nobody/api/v3/x', 'FF_NO_SUCH_FEED'],
    ['/F/Open/api/v33', 'FF_NO_SUCH_RESOURCE'],
    ['/F/Open', 'FF_NO_SUCH_RESOURCE'],
    ['/other', 'FF_NO_SUCH_RESOURCE'],
  ])('answers 404 for %s with %s', async (path, code) => {
    const received = await fixture.send(path);
    expect([received.status, codeOf(received)]).toEqual([404, code]);
  });

  it('refuses a host that would break out of the links', async () => {
    const received = await fixture.send('/F/Open/api/v3/x', { headers: { host: 'evil"org' } });
    expect([received.status, codeOf(received)]).toEqual([400, 'FF_INVALID_REQUEST']);
  });

  it('serves the feed itself where the mount is empty', async () => {
    const root = await openFixture({ mount: '' });
    const received = [await root.send('/F/Open'), await root.send('/F/Open/$metadata')];
    expect(root.queries.map(({ path }) => path)).toEqual(['/', '/$metadata']);
    expect(received.map(({ status }) => status)).toEqual([200, 200]);
    await root.close();
  });
});

describe('methods', () => {
  it('answers HEAD with the headers of GET, from memory too', async () => {
    const get = await fixture.send('/F/Open/api/v3/x');
    const head = await fixture.send('/F/Open/api/v3/x', { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    expect(head.headers['content-length']).toBe(String(get.body.length));
  });

  it('answers 405 with Allow for what it does not know', async () => {
    const received = await fixture.send('/F/Open/api/v3/x', { method: 'DELETE' });
    expect([received.status, received.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('hands the body of a POST over and keeps nothing of the answer', async () => {
    fixture.answerWith((query) => text(`${query.method} ${query.body} ${fixture.queries.length}`));
    const first = await fixture.send('/F/Open/api/v3/GetUpdates()', { method: 'POST', body: 'packageIds=A' });
    const second = await fixture.send('/F/Open/api/v3/GetUpdates()', { method: 'POST', body: 'packageIds=A' });
    expect([first.body.toString(), second.body.toString()]).toEqual(['POST packageIds=A 1', 'POST packageIds=A 2']);
    expect(first.headers.etag).toBeUndefined();
  });

  it('answers 413 to a body of more than 64 KiB, also when its length is not announced', async () => {
    const body = 'x'.repeat(65_537);
    const announced = await fixture.send('/F/Open/api/v3/x', { method: 'POST', body });
    const headers = { 'transfer-encoding': 'chunked' };
    const chunked = await fixture.send('/F/Open/api/v3/x', { method: 'POST', body, headers });
    expect([announced.status, chunked.status, fixture.queries.length]).toEqual([413, 413, 0]);
    const allowed = await fixture.send('/F/Open/api/v3/x', { method: 'POST', body: 'x'.repeat(65_536) });
    expect(allowed.status).toBe(200);
  });
});

describe('answers in memory', () => {
  it('are made once for a revision', async () => {
    fixture.answerWith(() => text(`answer ${fixture.queries.length}`));
    const before = [await fixture.send('/F/Open/api/v3/x'), await fixture.send('/F/Open/api/v3/x')];
    fixture.bump('open');
    const after = await fixture.send('/F/Open/api/v3/x');
    expect([...before, after].map(({ body }) => body.toString())).toEqual(['answer 1', 'answer 1', 'answer 2']);
  });

  it('are kept apart by URL, host, prefix and encoding', async () => {
    const urls = ['/F/Open/api/v3/x', '/f/Open/api/v3/x', '/F/Open/api/v3/x?', '/F/Open/api/v3/X'];
    for (const url of urls) await fixture.send(url);
    for (const headers of [{ host: 'other' }, { host: 'other', 'x-forwarded-prefix': '/p' }]) {
      expect((await fixture.send('/F/Open/api/v3/x', { headers })).body.toString()).toContain('http://other');
    }
    await fixture.send('/F/Open/api/v3/x', { headers: { 'accept-encoding': 'gzip' } });
    expect(fixture.queries).toHaveLength(7);
  });

  it('are made once for a herd, and a client that leaves does not spoil it for the others', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    fixture.answerWith(async (query) => {
      started.resolve(undefined);
      await promise;
      query.signal.throwIfAborted();
      return text('herd');
    });
    const leaving = new AbortController();
    const first = fixture.send('/F/Open/api/v3/x', { signal: leaving.signal });
    await started.promise;
    const others = Array.from({ length: 20 }, () => fixture.send('/F/Open/api/v3/x'));
    await fixture.send('/F/Open/api/v33');
    leaving.abort();
    await expect(first).rejects.toThrow();
    resolve(undefined);
    const received = await Promise.all(others);
    expect(new Set(received.map(({ status, body }) => `${status} ${body.toString()}`))).toEqual(new Set(['200 herd']));
    expect(fixture.queries).toHaveLength(1);
  });

  it('are not those of an error', async () => {
    fixture.answerWith(() => {
      throw new ProblemError('noSuchPackage', { detail: 'no X' });
    });
    const absent = await fixture.send('/F/Open/api/v3/x');
    fixture.answerWith(() => text('there'));
    expect([absent.status, codeOf(absent)]).toEqual([404, 'FF_NO_SUCH_PACKAGE']);
    expect((await fixture.send('/F/Open/api/v3/x')).status).toBe(200);
  });

  it('are not made from what is meant for one request only', async () => {
    fixture.answerWith(() => text(String(fixture.queries.length), { keep: 'none' }));
    const bodies = [await fixture.send('/F/Open/api/v3/x'), await fixture.send('/F/Open/api/v3/x')];
    expect(bodies.map(({ body, headers }) => [body.toString(), headers.etag])).toEqual([
      ['1', undefined],
      ['2', undefined],
    ]);
  });

  it('tell no stack, and answer 500 when the protocol breaks', async () => {
    fixture.answerWith(() => {
      throw new Error('inner secret');
    });
    const received = await fixture.send('/F/Open/api/v3/x');
    expect([received.status, codeOf(received)]).toEqual([500, 'FF_INTERNAL']);
    expect(received.body.toString()).not.toContain('inner secret');
  });
});

describe('validation', () => {
  it('answers 304 to the ETag that it gave, until the feed changes', async () => {
    const first = await fixture.send('/F/Open/api/v3/x');
    const headers = { 'if-none-match': `"other", ${etagOf(first)}` };
    const same = await fixture.send('/F/Open/api/v3/x', { headers });
    fixture.bump('open');
    const changed = await fixture.send('/F/Open/api/v3/x', { headers });
    expect([same.status, same.body.length, etagOf(same)]).toEqual([304, 0, etagOf(first)]);
    expect([changed.status, etagOf(changed) === etagOf(first)]).toEqual([200, false]);
  });

  it('lets caches keep answers of public feeds, and only private ones what a credential came with', async () => {
    const open = await fixture.send('/F/Open/api/v3/x');
    const withKey = await fixture.send('/F/Open/api/v3/x', { headers: { 'x-nuget-apikey': READ_KEY } });
    const closed = await fixture.send('/F/Closed/api/v3/x', { headers: { 'x-nuget-apikey': READ_KEY } });
    expect([open, withKey, closed].map(({ headers }) => headers['cache-control'])).toEqual([
      'no-cache',
      'private, no-cache',
      'private, no-cache',
    ]);
    expect(open.headers.vary).toBe('Accept-Encoding');
  });
});

describe('gzip', () => {
  const headers = { 'accept-encoding': 'gzip, deflate' };

  it('is used where it is accepted and worth it', async () => {
    fixture.answerWith(() => text('a'.repeat(5000)));
    const packed = await fixture.send('/F/Open/api/v3/x', { headers });
    const plain = await fixture.send('/F/Open/api/v3/x');
    expect([packed.headers['content-encoding'], gunzipSync(packed.body).length]).toEqual(['gzip', 5000]);
    expect(packed.headers['content-length']).toBe(String(packed.body.length));
    expect([plain.headers['content-encoding'], plain.body.length]).toEqual([undefined, 5000]);
    expect(etagOf(plain)).not.toBe(etagOf(packed));
  });

  it('is not used for short answers, and not where the protocol says never', async () => {
    const short = await fixture.send('/F/Open/api/v3/x', { headers });
    fixture.answerWith(() => text('a'.repeat(5000), { gzip: 'never' }));
    const never = await fixture.send('/F/Open/api/v3/y', { headers });
    expect([short, never].map((received) => received.headers['content-encoding'])).toEqual([undefined, undefined]);
    expect(never.headers.vary).toBeUndefined();
  });
});

describe('gzip that a protocol promises', () => {
  it('is used whether the client says that it takes it or not', async () => {
    fixture.answerWith(() => text('short', { gzip: 'always' }));
    const received = await fixture.send('/F/Open/api/v3/x');
    expect([received.headers['content-encoding'], received.headers.vary]).toEqual(['gzip', undefined]);
    expect(gunzipSync(received.body).toString()).toBe('short');
  });
});

describe('an answer that outlives changes of the feed', () => {
  it('keeps its ETag, so that who has it is told so', async () => {
    fixture.answerWith(() => text('same', { entity: 'e1' }));
    const first = await fixture.send('/F/Open/api/v3/x');
    fixture.bump('open');
    const again = await fixture.send('/F/Open/api/v3/x', { headers: { 'if-none-match': etagOf(first) } });
    expect([first.status, again.status, etagOf(again)]).toEqual([200, 304, etagOf(first)]);
    expect(fixture.queries).toHaveLength(2);
  });
});

describe('a store that is gone', () => {
  it('takes nothing from readers of what is in memory for the last state that was seen', async () => {
    const before = await fixture.send('/F/Open/api/v3/x');
    fixture.breakStore();
    const after = await fixture.send('/F/Open/api/v3/x');
    expect([after.status, after.body, etagOf(after)]).toEqual([200, before.body, etagOf(before)]);
    expect(after.headers.warning).toBeUndefined();
    expect((await fixture.send('/F/Closed/api/v3/x')).status).toBe(401);
  });

  it('is 503 with Retry-After for everything else, also for what is in memory of an older state', async () => {
    await fixture.send('/F/Open/api/v3/old');
    fixture.bump('open');
    await fixture.send('/F/Open/api/v3/x');
    fixture.breakStore();
    const received = await Promise.all(
      ['/F/Open/api/v3/old', '/F/Open/api/v3/never', '/F/Open/api/v3/old'].map((path) => fixture.send(path)),
    );
    expect(received.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(received.map(({ headers }) => Number(headers['retry-after']) > 0)).toEqual([true, true, true]);
    expect(fixture.queries).toHaveLength(2);
  });
});

describe('access to a private feed', () => {
  it.each([
    ['X-NuGet-ApiKey', '/F/Closed/api/v3/x', { 'x-nuget-apikey': READ_KEY }],
    ['Basic', '/F/Closed/api/v3/x', basic(READ_KEY)],
    ['Bearer', '/F/Closed/api/v3/x', { authorization: `Bearer ${READ_KEY}` }],
    ['the URL', `/F/Closed/auth/${READ_KEY}/api/v3/x`, {}],
  ])('is given to a key in %s, whose use is reported', async (_place, path, headers) => {
    expect((await fixture.send(path, { headers })).status).toBe(200);
    expect(fixture.usedKeys).toEqual(['reader']);
  });

  it('is refused to everybody else, also when the answer is in memory', async () => {
    await fixture.send('/F/Closed/api/v3/x', { headers: { 'x-nuget-apikey': READ_KEY } });
    const attempts = [{}, basic('wrong'), { 'x-nuget-apikey': 'wrong' }, { 'x-nuget-apikey': OTHER_KEY }];
    const received = await Promise.all(attempts.map((headers) => fixture.send('/F/Closed/api/v3/x', { headers })));
    expect(received.map(({ status }) => status)).toEqual([401, 401, 403, 403]);
    expect(received.map(({ headers }) => headers['www-authenticate'])).toEqual([
      'Basic realm="feedfleet"',
      'Basic realm="feedfleet"',
      undefined,
      undefined,
    ]);
    expect(fixture.queries).toHaveLength(1);
  });

  it('is not asked for where the protocol says so, for reads without a credential', async () => {
    const path = '/F/Closed/api/v3/open';
    const attempts = [{}, { method: 'HEAD' }, { method: 'POST' }, { headers: { 'x-nuget-apikey': 'wrong' } }];
    const received = await Promise.all(attempts.map((sending) => fixture.send(path, sending)));
    expect(received.map(({ status }) => status)).toEqual([200, 200, 401, 403]);
    expect(received[0]?.headers['cache-control']).toBe('private, no-cache');
    expect((await fixture.send(`${path}/x`)).status).toBe(401);
    expect(fixture.usedKeys).toEqual([]);
  });

  it('does not give a 304 away either', async () => {
    const known = await fixture.send('/F/Closed/api/v3/x', { headers: { 'x-nuget-apikey': READ_KEY } });
    const guess = await fixture.send('/F/Closed/api/v3/x', { headers: { 'if-none-match': etagOf(known) } });
    const any = await fixture.send('/F/Closed/api/v3/x', { headers: { 'if-none-match': '*' } });
    expect([known.status, guess.status, any.status]).toEqual([200, 401, 401]);
  });

  it('ends with the key, also for answers in memory and for pre-authenticated URLs', async () => {
    const path = `/F/Closed/auth/${READ_KEY}/api/v3/x`;
    const before = [await fixture.send(path), await fixture.send(path)];
    fixture.revoke('reader');
    const after = await fixture.send(path);
    expect([...before, after].map(({ status }) => status)).toEqual([200, 200, 403]);
  });

  it('ends for everybody when a public feed turns private', async () => {
    const before = await fixture.send('/F/Open/api/v3/x');
    fixture.setVisibility('open', 'private');
    const headers = { 'if-none-match': etagOf(before) };
    const after = [await fixture.send('/F/Open/api/v3/x'), await fixture.send('/F/Open/api/v3/x', { headers })];
    expect([before, ...after].map(({ status }) => status)).toEqual([200, 401, 401]);
    const again = await fixture.send('/F/Open/api/v3/x', { headers: { 'x-nuget-apikey': READ_KEY } });
    expect([again.status, again.headers['cache-control']]).toEqual([200, 'private, no-cache']);
  });

  it('never shows a key in the log, whatever goes wrong', async () => {
    fixture.answerWith((query) => {
      throw new Error(`broke at ${query.path}`);
    });
    await fixture.send(`/F/Closed/auth/${READ_KEY}/api/v3/x`);
    await fixture.send(`/F/Nobody/auth/${READ_KEY}/api/v3/x`);
    await fixture.send(`/F/Closed/auth/${READ_KEY}/api/v3/x`, { method: 'PATCH' });
    expect(fixture.log.some((line) => line.includes('request failed'))).toBe(true);
    expect(fixture.log.join('\n')).not.toContain(READ_KEY);
  });
});

describe('deadlines', () => {
  it('answers 504 when the protocol does not come to an end, and tells it to stop', async () => {
    fixture.answerWith(() => new Promise(() => undefined));
    const headers = { 'x-feedfleet-timeout-ms': '30' };
    const received = await fixture.send('/F/Open/api/v3/x', { headers });
    expect([received.status, codeOf(received)]).toEqual([504, 'FF_DEADLINE_EXCEEDED']);
    expect(fixture.queries[0]?.signal.aborted).toBe(true);
    const posted = await fixture.send('/F/Open/api/v3/x', { headers, method: 'POST', body: 'x' });
    expect(posted.status).toBe(504);
  });
});
