import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, errorOf, KEY, type Ended } from '../cli-fixture.ts';

interface Asked {
  readonly what: string;
  readonly key: unknown;
  readonly body: unknown;
}

let cli: CliFixture;
let server: Server;
let url: string;
let asked: Asked[];
let answers: Record<string, { readonly status?: number; readonly body: unknown }>;

beforeEach(async () => {
  cli = await CliFixture.open();
  [asked, answers] = [[], {}];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const what = `${String(request.method)} ${String(request.url)}`;
      asked.push({ what, key: request.headers['x-nuget-apikey'], body: text === '' ? undefined : JSON.parse(text) });
      const { status = 200, body } = answers[what] ?? { status: 404, body: {} };
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/F/acme`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cli.remove();
});

const feedfleet = (...args: readonly string[]): Promise<Ended> => cli.run([...args, '--url', url, '--key', KEY]);

async function lay(name: string, content: unknown): Promise<void> {
  const file = path.join(cli.folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

describe('feedfleet deprecate', () => {
  const what = 'PUT /F/acme/api/v2/package/Acme.Old/deprecations';

  it('says which versions, why and what to use instead', async () => {
    answers = { [what]: { body: { id: 'Acme.Old', changed: 1, unchanged: 1 } } };
    const ended = await feedfleet(
      ...['deprecate', 'Acme.Old', '--version', '1.0', '--version', '1.1', '--reason', 'Legacy,other'],
      ...['--message', 'Gone.', '--alternate', 'Acme.New@[2.0,3.0)'],
    );
    expect(ended).toEqual({ code: 0, out: 'Deprecated 1 version of Acme.Old; 1 was so already.\n', err: '' });
    const body = {
      ...{ versions: ['1.0', '1.1'], isLegacy: true, hasCriticalBugs: false, isOther: true, message: 'Gone.' },
      ...{ alternatePackageId: 'Acme.New', alternatePackageVersion: '[2.0,3.0)' },
    };
    expect(asked).toEqual([{ what, key: KEY, body }]);
  });

  it('is for all versions when none is named, and is taken back', async () => {
    answers = { [what]: { body: { id: 'Acme.Old', changed: 2, unchanged: 0 } } };
    await feedfleet('deprecate', 'Acme.Old', '--reason', 'critical-bugs');
    const ended = await feedfleet('undeprecate', 'Acme.Old', '--json');
    expect(JSON.parse(ended.out)).toMatchObject({ changed: 2 });
    expect(asked.map(({ body }) => body)).toEqual([
      { versions: 'all', isLegacy: false, hasCriticalBugs: true, isOther: false },
      { versions: 'all' },
    ]);
  });

  it('tells what the feed refused, by its code', async () => {
    answers = {
      [what]: { status: 404, body: { code: 'FF_NO_SUCH_PACKAGE', detail: 'the feed acme has no Acme.Old' } },
    };
    const ended = await feedfleet('deprecate', 'Acme.Old', '--reason', 'legacy', '--json');
    expect(ended.code).toBe(4);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_NO_SUCH_PACKAGE', detail: 'the feed acme has no Acme.Old' });
    expect((await feedfleet('undeprecate', 'Other')).code).toBe(6);
  });

  it.each([
    [['deprecate', 'A']],
    [['deprecate', 'A', '--reason', 'bored']],
    [['deprecate', 'A', '--reason', 'legacy', '--version', '']],
    [['vulnerability', 'import', 'nothing.json']],
    [['vulnerability', 'import', '.', '--source', 'a.b']],
    [['vulnerability', 'import', '.', '--default-severity', 'bad']],
    [['vulnerability', 'clear']],
  ])('ends with 2 and asks nobody: %j', async (args) => {
    expect((await feedfleet(...args)).code).toBe(2);
    expect(asked).toEqual([]);
  });

  it('ends with 3 without a key', async () => {
    for (const args of [
      ['deprecate', 'A', '--reason', 'legacy'],
      ['vulnerability', 'clear', '--yes'],
    ]) {
      expect((await cli.run([...args, '--url', url])).code).toBe(3);
    }
    expect(asked).toEqual([]);
  });
});

const record = (id: string, more: object = {}): object => ({
  ...{ id, modified: '2026-01-01T00:00:00Z', database_specific: { severity: 'LOW' } },
  affected: [
    {
      package: { ecosystem: 'NuGet', name: 'Acme.Core' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
    },
  ],
  ...more,
});

describe('feedfleet vulnerability import', () => {
  const what = '/F/acme/api/v3/vulnerabilities/imported';
  const source = { name: 'imported', updated: '2026-01-01T00:00:00Z', packages: 1, vulnerabilities: 1 };

  it('brings all files of a folder as one import, and says what it left out', async () => {
    answers = { [`PUT ${what}`]: { body: { outcome: 'changed', source } } };
    await lay('in/a.json', record('GHSA-aaaa-bbbb-cccc'));
    await lay('in/deep/b.json', [record('GHSA-aaaa-bbbb-dddd', { withdrawn: '2026-01-02T00:00:00Z' })]);
    await lay('in/c.json', { id: 'GHSA-aaaa-bbbb-eeee', affected: [{ package: { ecosystem: 'npm', name: 'x' } }] });
    const { code, out } = await feedfleet('vulnerability', 'import', 'in');
    expect(code).toBe(0);
    expect(out).toBe(
      'Imported 1 advisories (1 version ranges of 1 packages) as imported.\n' +
        'Left out: 1 withdrawn, 1 about packages of other ecosystems.\n',
    );
    const entry = { url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc', severity: 0, versions: '(, 2.0.0)' };
    expect(asked).toMatchObject([{ what: `PUT ${what}`, key: KEY, body: [{ 'acme.core': [entry] }, {}] }]);
  });

  it('merges, withdrawn advisories too', async () => {
    answers = { [`POST ${what}`]: { body: { outcome: 'unchanged', source: null } } };
    await lay('a.json', record('GHSA-aaaa-bbbb-cccc', { withdrawn: '2026-01-02T00:00:00Z' }));
    expect((await feedfleet('vulnerability', 'import', 'a.json', '--merge')).code).toBe(0);
    const references = [{ type: 'ADVISORY', url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc' }];
    expect(asked).toMatchObject([{ body: [{}, { withdrawn: 'yes', references }] }]);
    expect((await feedfleet('vulnerability', 'import', 'a.json')).code).toBe(2);
  });

  it('sends nothing when a file cannot be understood, and names file and place', async () => {
    await lay('in/a.json', record('GHSA-aaaa-bbbb-cccc'));
    await lay('in/b.json', { x: [{ url: 'https://advisories.example.org/1', severity: 7, versions: '1.0' }] });
    const ended = await feedfleet('vulnerability', 'import', 'in', '--json');
    expect(ended.code).toBe(2);
    expect(errorOf(ended).detail).toBe(
      `${path.join('in', 'b.json')}: x[0].severity: expected a severity from 0 (low) to 3 (critical), got 7`,
    );
    await lay('in/b.json', '{"x":');
    expect(errorOf(await feedfleet('vulnerability', 'import', 'in', '--json')).detail).toContain(
      'b.json: expected JSON',
    );
    expect(asked).toEqual([]);
  });
});

describe('feedfleet vulnerability list and clear', () => {
  it('lists sources, and the vulnerabilities of one package', async () => {
    const entry = { url: 'https://advisories.example.org/1', severity: 2, versions: '(, 2.0.0)' };
    answers = {
      'GET /F/acme/api/v3/vulnerabilities/index.json': {
        body: [{ '@name': 'own', '@updated': '2026-01-01T00:00:00Z', '@id': 'https://elsewhere.example.org/' }],
      },
      'GET /F/acme/api/v3/vulnerabilities/own': { body: { 'acme.core': [entry] } },
    };
    expect((await feedfleet('vulnerability', 'list')).out).toBe(
      'SOURCE  PACKAGES  RANGES  UPDATED\nown     1         1       2026-01-01T00:00:00Z\n',
    );
    const { out } = await feedfleet('vulnerability', 'list', 'ACME.Core', '--json');
    const { url: advisory, versions } = entry;
    expect(JSON.parse(out)).toEqual({
      id: 'ACME.Core',
      vulnerabilities: [{ source: 'own', severity: 'high', versions, url: advisory }],
    });
  });

  it('removes one source or all', async () => {
    const removed = [{ name: 'own', updated: '', packages: 1, vulnerabilities: 1 }];
    answers = {
      'DELETE /F/acme/api/v3/vulnerabilities/own': { body: { removed } },
      'DELETE /F/acme/api/v3/vulnerabilities': { body: { removed: [] } },
    };
    expect((await feedfleet('vulnerability', 'clear', '--source', 'OWN', '--yes')).out).toBe('Removed own.\n');
    expect((await feedfleet('vulnerability', 'clear', '--yes')).out).toBe('Nothing was there.\n');
  });
});
