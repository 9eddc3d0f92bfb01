import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, errorOf, KEY, type Ended } from '../cli-fixture.ts';

let cli: CliFixture;
let server: Server;
let url: string;
let asked: string[];
let answers: Record<string, unknown>;

beforeEach(async () => {
  cli = await CliFixture.open();
  [asked, answers] = [[], {}];
  server = createServer((request, response) => {
    const what = `${String(request.method)} ${String(request.url)}`;
    asked.push(what);
    response.writeHead(answers[what] === undefined ? 404 : 200).end(JSON.stringify(answers[what] ?? {}));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/F/acme`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cli.remove();
});

const feedfleet = (...args: readonly string[]): Promise<Ended> => cli.run([...args, '--key', KEY]);
const pin = (id: string, name: string | null) => ({ id, at: '2026-01-02', source: { id: 'source-1', name } });

describe('feedfleet source pins', () => {
  it('lists every page of the pins of a feed, and says which source is gone', async () => {
    const path = 'GET /F/acme/api/manage/source-pins?after=';
    answers = {
      [path]: { pins: [pin('acme.core', 'gallery')], next: 'acme.core' },
      [`${path}acme.core`]: { pins: [pin('other', null)], next: null },
    };
    const { code, out } = await feedfleet('source', 'pins', url);
    expect(code).toBe(0);
    expect(out).toMatch(/acme\.core +gallery +2026-01-02\n.*other +source-1 \(removed\)/);
    const { out: json } = await feedfleet('source', 'pins', url, '--json');
    expect(JSON.parse(json)).toMatchObject({ pins: [{ id: 'acme.core' }, { id: 'other' }] });
  });
});

describe('feedfleet source unpin', () => {
  it('lets one id go, or all of a source', async () => {
    answers = {
      'DELETE /F/acme/api/manage/source-pins/Acme.Core': { removed: 1 },
      'DELETE /F/acme/api/manage/source-pins?source=my%20gallery': { removed: 3 },
    };
    expect((await feedfleet('source', 'unpin', url, 'Acme.Core')).out).toContain('Unpinned 1 id');
    expect((await feedfleet('source', 'unpin', url, '--source', 'my gallery')).out).toContain('Unpinned 3 ids');
  });

  it('wants one of both, and asks nobody without', async () => {
    for (const args of [[], ['Acme.Core', '--source', 'gallery']]) {
      const ended = await feedfleet('source', 'unpin', url, ...args, '--json');
      expect(errorOf(ended)).toMatchObject({ code: 'FF_USAGE' });
    }
    expect(asked).toEqual([]);
  });
});

describe('feedfleet source copies', () => {
  it('tells the size of what is kept of each source, and drops it', async () => {
    answers = {
      'GET /F/acme/api/manage/source-copies': {
        sources: [{ source: { id: 'source-1', name: null }, packages: 3, bytes: 1234 }],
      },
      'DELETE /F/acme/api/manage/source-copies?source=source-1': { packages: 3 },
    };
    expect((await feedfleet('source', 'copies', url)).out).toMatch(/source-1 \(removed\) +3 +1234/);
    expect((await feedfleet('source', 'drop-copies', url, 'source-1')).out).toContain('Removed 3 copied packages');
  });
});
