import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { lookAtFamily } from './family-look.ts';
import { ProbeClient } from './probe-client.ts';

const client = new ProbeClient();
const asked: string[] = [];
let server: Server;
let entryUrl: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"FF_NO_SUCH_FEED"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  entryUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  client.close();
  await new Promise((resolve) => server.close(resolve));
});

describe('a look at a family before there is a feed to look at', () => {
  it.each([
    ['default', '/F/{feed}', '/F/feedfleet~no-feed'],
    ['v2', '/F/{feed}/api/v2', '/F/feedfleet~no-feed/api/v2'],
    ['v3', '/F/{feed}/api/v3/index.json', '/F/feedfleet~no-feed/api/v3/index.json'],
  ])('asks %s at %s for one that does not exist', async (id, path, expected) => {
    const plan = {
      version: 1 as const,
      entryUrl,
      canary: null,
      ...{ familyMs: 5000, instanceMs: 10_000, writeMs: 300_000, slowMs: 60_000, timeoutMs: 5000 },
      families: [],
      instances: [],
    };
    const finding = await lookAtFamily({ client, plan, family: { id, title: id, path }, turn: 1 });
    expect(finding).toMatchObject({ verdict: 'ok', reason: null });
    expect(asked.at(-1)).toBe(`GET ${expected}`);
  });
});

describe('a look at symbols', () => {
  it('is at one that is not there alone while none could be pushed', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"FF_NO_SUCH_SYMBOLS"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const plan = {
      version: 1 as const,
      entryUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...{ familyMs: 5000, instanceMs: 10_000, writeMs: 300_000, slowMs: 60_000, timeoutMs: 5000 },
      families: [],
      instances: [],
    };
    const family = { id: 'symbols', title: 'Symbols', path: '/F/{feed}/symbols' };
    const canary = { feed: 'canary', key: 'key' };
    const look = async (awaitsSymbols?: true): Promise<string> => {
      const full = { ...plan, canary: { ...canary, ...(awaitsSymbols && { awaitsSymbols }) } };
      return (await lookAtFamily({ client, plan: full, family, turn: 1 })).verdict;
    };
    expect([await look(true), await look()]).toEqual(['ok', 'failed']);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
