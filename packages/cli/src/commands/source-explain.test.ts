import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, KEY } from '../cli-fixture.ts';

const EXPLANATION = {
  feed: 'team',
  id: 'Acme.Core',
  isComplete: false,
  versions: [
    { version: '1.0.0', listed: true, source: '', path: [], ageMs: 0, alsoIn: ['core'] },
    { version: '2.0.0', listed: false, source: 'core', path: ['core', null], ageMs: 61_000, alsoIn: [] },
  ],
  sources: [
    { source: '', path: [], outcome: 'answered', detail: '', versions: 1, ageMs: 0, tookMs: 1 },
    {
      source: 'slow',
      path: ['slow'],
      outcome: 'unavailable',
      detail: 'no answer in time',
      versions: 0,
      ageMs: 0,
      tookMs: 400,
    },
  ],
  cut: [{ source: 'core', reason: 'leads back to team' }],
  denied: [],
  skipped: [],
  withheld: [{ source: 'gallery', reason: 'held' }],
};

let cli: CliFixture;
let server: Server;
let url: string;
let asked: string[];

beforeEach(async () => {
  cli = await CliFixture.open();
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)}`);
    response.end(JSON.stringify(EXPLANATION));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/F/team`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cli.remove();
});

describe('feedfleet source explain', () => {
  it('tells the way and the age of each version, and what was left out', async () => {
    const { code, out } = await cli.run(['source', 'explain', url, 'Acme.Core', '--key', KEY]);
    expect(code).toBe(0);
    expect(asked).toEqual(['GET /F/team/explain?id=Acme.Core']);
    expect(out).toMatch(/1\.0\.0 +the feed itself +now +core/);
    expect(out).toMatch(/2\.0\.0 \(unlisted\) +core -> \(hidden\) +61 s/);
    expect(out).toMatch(/slow +unavailable +0 +400 ms +no answer in time/);
    expect(out).toContain('Not complete');
    expect(out).toContain('core: cut as a loop, nothing is lost (leads back to team)');
    expect(out).toContain('gallery: withheld (held)');
  });

  it('gives the whole explanation to scripts', async () => {
    const { out } = await cli.run(['source', 'explain', url, 'Acme.Core', '--json']);
    expect(JSON.parse(out)).toEqual(EXPLANATION);
  });
});
