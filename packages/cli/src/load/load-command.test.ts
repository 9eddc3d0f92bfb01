/** The command in process, against a small server that speaks v2. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import type { RunDocument } from '@feedfleet/load';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, errorOf } from '../cli-fixture.ts';

let cli: CliFixture;
let server: Server;
let target: string;
/** Of everything but what finds out what there is. */
let status: number;

const ENTRY =
  '<entry><title>Acme</title><content type="application/zip" src="ORIGIN/nuget/file"/>' +
  '<m:properties><d:Id>Acme</d:Id><d:Version>1.0.0</d:Version></m:properties></entry>';

beforeEach(async () => {
  cli = await CliFixture.open();
  status = 200;
  server = createServer((request, response) => {
    const isOfLoad = (request.headers['user-agent'] ?? 'node') !== 'node';
    if ((request.url ?? '').includes('index.json')) response.writeHead(404).end();
    else if (isOfLoad && status !== 200) response.writeHead(status).end();
    else
      response.end(
        (request.url ?? '').includes('metadata') ? '<Edmx/>' : `<feed>${ENTRY.replace('ORIGIN', origin())}</feed>`,
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `${origin()}/nuget`;
});

afterEach(async () => {
  await cli.remove();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const load = (...args: readonly string[]) => cli.run(['load', ...args]);
const SHORT = ['--rate', '40', '--duration', '1s', '--warm-up', '0s'];

describe('feedfleet load', () => {
  it('loads a server that speaks v2 alone, and writes its reports', async () => {
    const { code, out, err } = await load('restore', '--target', target, ...SHORT, '--out', 'first');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/nuget\.exe 5\.8\.0 restore, v2 +steady +\d+/);
    expect(out).toMatch(/all +steady +(\d+) +\1 +0 +0/);
    expect((await readdir(cli.folder)).sort()).toEqual(['first.html', 'first.json']);
    const { title, groups } = JSON.parse(await readFile(path.join(cli.folder, 'first.json'), 'utf8')) as RunDocument;
    expect(title).toBe('Steady restore traffic: nuget');
    expect(groups.map(({ family }) => family)).not.toContain('v3');
    expect(await readFile(path.join(cli.folder, 'first.html'), 'utf8')).toContain('By percentile');
  });

  it('has an exit code for what was expected and did not come', async () => {
    status = 500;
    const run = await load(
      'restore',
      '--target',
      target,
      ...SHORT,
      '--out',
      'bad',
      '--max-errors',
      '1',
      '--max-p99',
      '500',
    );
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/broken +Errors in phase steady +at most 1 % +100 %/);
    expect(run.out).toMatch(/x status 500/);
  });

  it('compares two runs, and fails when the second is worse', async () => {
    await load('restore', '--target', target, ...SHORT, '--out', 'good');
    status = 500;
    await load('restore', '--target', target, ...SHORT, '--out', 'bad');
    const worse = await load('compare', 'good.json', 'bad.json', '--html', 'compared.html');
    expect(worse.code).toBe(1);
    expect(worse.out).toMatch(/all +steady +errors +0 % +100 % +- +worse/);
    expect(await readFile(path.join(cli.folder, 'compared.html'), 'utf8')).toContain('What changed');
    const same = await load('compare', 'good.json', 'good.json', '--json');
    expect([same.code, JSON.parse(same.out)]).toMatchObject([0, { regressions: [] }]);
  });

  it('fails when there is nothing to compare', async () => {
    await load('restore', '--target', target, ...SHORT, '--out', 'restore');
    await load('search', '--target', target, ...SHORT, '--out', 'search');
    const { code, out } = await load('compare', 'restore.json', 'search.json');
    expect([code, out]).toEqual([1, expect.stringContaining('The runs have no figure in common')]);
    expect(out).toContain('In one of the runs only: autocomplete, calm');
  });

  it('shows a report again', async () => {
    const { out } = await load('search', '--target', target, ...SHORT, '--no-report', '--json');
    await writeFile(path.join(cli.folder, 'run.json'), out);
    const shown = await load('show', 'run.json', '--html', 'shown.html');
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('Search typing: nuget')]);
    expect(await readdir(cli.folder)).toContain('shown.html');
  });

  it('lists the scenarios', async () => {
    const { code, out } = await load('list', '--json');
    const names = (JSON.parse(out) as readonly { readonly name: string }[]).map(({ name }) => name);
    expect([code, names]).toEqual([
      0,
      ['restore', 'push-burst', 'search', 'downloads', 'cold', 'hot-package', 'herd', 'feeds', 'slow-clients'],
    ]);
  });

  it.each([
    [['restore', '--target', 'https://packages.example/v3/index.json'], 'add --i-may-load packages.example'],
    [['restore'], '--target: name a server, for there is no fleet here'],
    [['everything', '--target', 'http://127.0.0.1:1/'], 'expected one of restore, push-burst'],
    [
      ['restore', '--target', 'http://127.0.0.1:1/', '--rate', '1000000'],
      '--rate: expected a number from 0.1 to 20000, got "1000000"',
    ],
    [
      ['restore', '--target', 'http://127.0.0.1:1/', '--duration', '2h'],
      '--duration: expected a time from 1s to 3600s',
    ],
    [
      ['restore', '--target', 'http://127.0.0.1:1/', '--connections', '0'],
      '--connections: expected a number from 1 to 2000',
    ],
    [['show', 'absent.json'], 'absent.json: it cannot be read: ENOENT'],
    [['compare', 'other.json', 'other.json'], 'other.json: expected the JSON of a run of load (reportVersion 1)'],
  ])('refuses %j', async (args, detail) => {
    await writeFile(path.join(cli.folder, 'other.json'), '{"reportVersion":2}');
    const ended = await load(...args, '--json');
    expect(ended.code).toBe(2);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_USAGE', detail: expect.stringContaining(detail) });
  });

  it('wants to know which feed of the fleet on this machine it is to load', async () => {
    await cli.layDataFolder();
    const ended = await load('restore', '--json');
    expect([ended.code, errorOf(ended).detail]).toEqual([2, expect.stringMatching(/^--feed: name a feed/)]);
  });

  it('pushes nothing without a key', async () => {
    const ended = await load('push-burst', '--target', target, '--json');
    expect([ended.code, errorOf(ended).code]).toEqual([3, 'FF_UNAUTHENTICATED']);
  });
});
