import { afterEach, describe, expect, it } from '@jest/globals';
import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { askUntil } from '@feedfleet/package-source-conformance';
import { createSourceHttp } from '@feedfleet/source-http';
import type { SourceHttp, SourceTarget } from '@feedfleet/source-http';

import { Gallery, json } from './gallery-fixture.ts';
import { SourceCall } from './source-call.ts';

const ask = askUntil(new AbortController().signal);
const reader = { accept: 'application/json', read: () => Promise.resolve('read') };
const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** A call to a source that has this URL, and a server that is reached by http. */
async function open(
  url: string,
): Promise<{ call: SourceCall; server: Gallery; http: SourceHttp; target: SourceTarget }> {
  const server = await Gallery.open(() => json({}));
  const http = createSourceHttp({ ownAddresses: () => [] });
  ended.push(
    () => http.close(),
    () => server.close(),
  );
  const target = {
    ...{ key: 'test', sourceId: 'source-test', origin: new URL(url).origin, allowPrivateAddresses: true },
    ...{ timeoutMs: 10_000, authorization: () => ({}) },
  };
  const options = { http, target, url, memory: new ByteBoundedCache<object>(1024), now: () => 0 };
  return { call: new SourceCall(options, ask), server, http, target };
}

describe('a source with an https URL', () => {
  it('is not followed to http URLs that its documents name, neither for documents nor for packages', async () => {
    const { call, server } = await open('https://packages.example/v3/index.json');
    const refused = { code: 'FF_SOURCE_MALFORMED', detail: expect.stringContaining('names an http one') as unknown };
    await expect(call.read(`${server.origin}/page`, reader)).rejects.toMatchObject(refused);
    await expect(call.stream(`${server.origin}/package`)).rejects.toMatchObject(refused);
    expect(server.asked).toEqual([]);
  });
});

describe('a source with an http URL', () => {
  it('is followed to http URLs', async () => {
    const { call, server } = await open('http://packages.example/v3/index.json');
    await expect(call.read(`${server.origin}/page`, reader)).resolves.toMatchObject({ value: 'read' });
    expect(server.asked).toEqual(['/page']);
  });
});

describe('a document that is being read', () => {
  it('has memory set aside until it was read, or could not be', async () => {
    const { call, server, http, target } = await open('http://packages.example/v3/index.json');
    const most = 136 * 1024 ** 2;
    const isAllFree = (): boolean => {
      try {
        http.hold(target, most)();
        return true;
      } catch {
        return false;
      }
    };
    const seen: boolean[] = [];
    const looking = (end: () => Promise<string>) => ({
      accept: '*/*',
      read: () => {
        seen.push(isAllFree());
        return end();
      },
    });
    await call.read(
      `${server.origin}/a`,
      looking(() => Promise.resolve('read')),
    );
    seen.push(isAllFree());
    await expect(
      call.read(
        `${server.origin}/b`,
        looking(() => Promise.reject(new Error('bad'))),
      ),
    ).rejects.toThrow('bad');
    seen.push(isAllFree());
    expect(seen).toEqual([false, true, false, true]);
    const release = http.hold(target, most);
    await expect(call.read(`${server.origin}/c`, reader)).rejects.toMatchObject({ kind: 'saturated' });
    release();
    await expect(call.read(`${server.origin}/c`, reader)).resolves.toMatchObject({ value: 'read' });
  });
});
