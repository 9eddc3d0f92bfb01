import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { siteFiles } from '@feedfleet/status-page';
import type { IncidentArchive } from '@feedfleet/status-page';
import type { StatusReport } from '@feedfleet/status-model';
import request from 'supertest';

import type { StatusPartDefinition } from '../part.ts';
import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { pagesPart } from './pages-part.ts';
import { PublicSite } from './public-site.ts';
import { StaticSite } from './static-site.ts';

const incident = (id: string): StatusReport['incidents'][number] => ({
  id,
  title: 'NuGet v2 does not answer',
  state: 'down',
  components: ['family:v2', 'instance:v2-1'],
  openedAt: '2026-11-28T13:50:00Z',
  closedAt: null,
  isAutomatic: true,
  postMortemUrl: null,
  updates: [],
});

const known: StatusPartDefinition = {
  name: 'known',
  migrations: [],
  open: () => ({
    name: 'known',
    report: {
      fleet: () => ({
        families: [{ id: 'v2', title: 'NuGet v2', urlPattern: 'https://packages.example/F/<feed>/api/v2' }],
        instances: [{ id: 'v2-1', family: 'v2', datacenter: 'amsterdam' }],
      }),
      incidents: () => [incident('a1b2c3d4')],
    },
  }),
};

describe('the pages of the status process', () => {
  let status: StatusUnderTest;

  beforeEach(async () => {
    status = await openStatusUnderTest({ parts: [known, pagesPart] });
  });
  afterEach(async () => {
    await status.dispose();
  });

  it('answers the page, its parts and its feeds with what they are', async () => {
    const types = {
      '/': 'text/html; charset=utf-8',
      '/family/v2': 'text/html; charset=utf-8',
      '/incidents/a1b2c3d4': 'text/html; charset=utf-8',
      '/history.html': 'text/html; charset=utf-8',
      '/feed.atom': 'application/atom+xml; charset=utf-8',
      '/feed.rss': 'application/rss+xml; charset=utf-8',
      '/maintenance.ics': 'text/calendar; charset=utf-8',
      '/badge/v2.svg': 'image/svg+xml; charset=utf-8',
      '/badge.svg': 'image/svg+xml; charset=utf-8',
      '/status.json': 'application/json; charset=utf-8',
    };
    for (const [url, type] of Object.entries(types)) {
      const { status: code, headers } = await request(status.url()).get(url);
      expect([url, code, headers['content-type']]).toEqual([url, 200, type]);
    }
  });

  it('guards its pages, and asks caches to take the crowd', async () => {
    const { headers } = await request(status.url()).get('/').expect(200);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': expect.stringMatching(/^public, max-age=5,.*stale-if-error/),
      vary: 'Accept-Encoding',
    });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('answers gzip to who takes it, nothing to HEAD, and 304 to who has it', async () => {
    const plain = await request(status.url()).get('/').set('accept-encoding', 'identity').expect(200);
    const zipped = await fetch(status.url(), { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(plain.text.length / 2);
    const refused = await request(status.url()).get('/').set('accept-encoding', 'gzip;q=0, br').expect(200);
    expect(refused.headers['content-encoding']).toBeUndefined();
    const head = await request(status.url()).head('/history').expect(200);
    expect(head.text).toBeFalsy();
    expect(Number(head.headers['content-length'])).toBeGreaterThan(1000);
    const { headers } = await request(status.url()).get('/feed.atom').expect(200);
    await request(status.url())
      .get('/feed.atom')
      .set('if-none-match', `"other", ${headers.etag ?? ''}`)
      .expect(304);
  });

  it('says on a page that nothing is there, and leaves the API its own answer', async () => {
    for (const url of ['/incidents/none', '/family/V9', '/.git/config', '/404.html']) {
      const { text } = await request(status.url()).get(url).expect(404).expect('content-type', /html/);
      expect(text).toContain('There is no such page');
    }
    await request(status.url()).get('/api/none').expect(404).expect('content-type', 'application/problem+json');
    await request(status.url()).post('/').expect(404).expect('content-type', 'application/problem+json');
  });

  it('shows instances to the operator alone, whose browser asks for the token', async () => {
    for (const url of ['/', '/family/v2', '/incidents/a1b2c3d4', '/status.json', '/feed.atom']) {
      expect((await request(status.url()).get(url)).text).not.toContain('v2-1');
    }
    const asked = await request(status.url()).get('/operator').expect(401);
    expect(asked.headers['www-authenticate']).toMatch(/^Basic /);
    await request(status.url()).get('/operator').auth('anyone', 'wrong').expect(401);
    const page = await request(status.url()).get('/operator').auth('anyone', operatorToken).expect(200);
    expect(page.text).toContain('v2-1');
    expect(page.text).toContain('amsterdam');
    expect(page.headers['cache-control']).toBe('no-store');
  });
});

describe('the pages before a crowd', () => {
  const report = (sentence: string): StatusReport => ({
    version: 1,
    title: 'Status',
    generatedAt: '2026-11-28T14:00:00Z',
    pageUrl: 'https://status.packages.example',
    overall: { state: 'up', sentence, since: null },
    families: [],
    incidents: [],
    maintenance: [],
    messages: [],
    certificates: [],
    observers: [],
  });

  it('are made once for all, and anew after a change or some seconds', async () => {
    let now = 0;
    let asked = 0;
    const site = new PublicSite({
      files: () => siteFiles(report(`Number ${++asked}.`)),
      now: () => now,
      failed: () => undefined,
    });
    const answers = await Promise.all(Array.from({ length: 100 }, () => site.answer('index.html')));
    expect(new Set(answers).size).toBe(1);
    expect(gunzipSync(answers[0]?.gzipped ?? '').toString()).toContain('Number 1.');
    now = 2999;
    await site.answer('index.html');
    expect(asked).toBe(1);
    site.outdate();
    expect((await site.answer('index.html'))?.body.toString()).toContain('Number 2.');
    now = 6000;
    expect((await site.answer('index.html'))?.body.toString()).toContain('Number 3.');
  });

  it('stay as they were while they cannot be made', async () => {
    let isBroken = false;
    let failures = 0;
    const site = new PublicSite({
      files: () => {
        if (isBroken) throw new Error('disk gone');
        return siteFiles(report('All is well.'));
      },
      now: () => 0,
      failed: () => (failures += 1),
    });
    await site.answer('index.html');
    isBroken = true;
    site.outdate();
    expect((await site.answer('index.html'))?.body.toString()).toContain('All is well.');
    expect(failures).toBe(1);
  });

  it('are kept for when they cannot be made, save those of the archive, which has no bound in memory', async () => {
    const answered = async (edition: object): Promise<string | undefined> => {
      let isBroken = false;
      const render = (): string => {
        if (isBroken) throw new Error('disk gone');
        return 'as it was';
      };
      const files = () => [{ path: 'a.html', contentType: 'text/html', render, ...edition }];
      const site = new PublicSite({ files, now: () => 0, failed: () => undefined });
      await site.answer('a.html');
      isBroken = true;
      site.outdate();
      return (await site.answer('a.html'))?.body.toString();
    };
    expect(await answered({})).toBe('as it was');
    await expect(answered({ edition: '1' })).rejects.toThrow('disk gone');
  });
});

describe('the site as files', () => {
  let folder: string;
  const report: StatusReport = {
    version: 1,
    title: 'Status',
    generatedAt: '2026-11-28T14:00:00Z',
    pageUrl: 'https://status.packages.example',
    overall: { state: 'down', sentence: 'NuGet v2 is down.', since: null },
    families: [],
    incidents: [incident('a1b2c3d4'), incident('e5f6g7h8')],
    maintenance: [],
    messages: [],
    certificates: [],
    observers: [],
  };

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-site-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('has every file of the site, and no draft', async () => {
    await new StaticSite(folder).write(siteFiles(report));
    const files = await readdir(folder, { recursive: true });
    expect(files).toEqual(expect.arrayContaining(siteFiles(report).map((file) => path.normalize(file.path))));
    expect(files.filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(await readFile(path.join(folder, 'index.html'), 'utf8')).toContain('NuGet v2 is down.');
  });

  it('loses what belongs to it no more, also after a restart, and nothing that others put there', async () => {
    await mkdir(path.join(folder, 'incidents'));
    await writeFile(path.join(folder, 'incidents', 'mine.html'), 'mine');
    await writeFile(path.join(folder, 'CNAME'), 'status.packages.example');
    await new StaticSite(folder).write(siteFiles(report));
    await new StaticSite(folder).write(siteFiles({ ...report, incidents: [incident('e5f6g7h8')] }));
    expect((await readdir(path.join(folder, 'incidents'))).sort()).toEqual(['e5f6g7h8.html', 'mine.html']);
    expect(await readFile(path.join(folder, 'CNAME'), 'utf8')).toBe('status.packages.example');
  });

  it('removes nothing outside of its folder, whatever its list says', async () => {
    const outside = `${folder}-outside`;
    await writeFile(outside, 'safe');
    await writeFile(
      path.join(folder, '.feedfleet-status.json'),
      JSON.stringify([`../${path.basename(outside)}`, outside]),
    );
    await new StaticSite(folder).write(siteFiles(report));
    expect(await readFile(outside, 'utf8')).toBe('safe');
    await rm(outside);
  });

  it('has the archive too, of which it makes what is new or changed alone, some at a time', async () => {
    const made: string[] = [];
    const archiveOf = (edition: string): IncidentArchive => {
      const incidents = Array.from({ length: 150 }, (_each, index) => ({ id: `old${1000 + index}`, edition }));
      return {
        months: [{ month: '2024-05', edition, incidents }],
        incidentsOf: () => [incident('old1000')],
        incident: (id) => {
          made.push(id);
          return incident(id);
        },
      };
    };
    const site = new StaticSite(folder);
    const written = async (edition: string): Promise<number> => {
      made.length = 0;
      await site.write(siteFiles(report, archiveOf(edition)));
      return made.length;
    };
    expect([await written('1'), await written('1'), await written('1')]).toEqual([100, 50, 0]);
    expect(await readFile(path.join(folder, 'history', '2024-05.html'), 'utf8')).toContain('Incidents of May 2024');
    expect(await written('2')).toBe(100);
  });

  it('has all other pages where one cannot be made, and says so', async () => {
    const archive: IncidentArchive = {
      months: [{ month: '2024-05', edition: '1', incidents: [{ id: 'old1000', edition: '1' }] }],
      incidentsOf: () => [incident('old1000')],
      incident: () => {
        throw new SyntaxError('damaged');
      },
    };
    await expect(new StaticSite(folder).write(siteFiles(report, archive))).rejects.toThrow('1 pages cannot be made');
    expect(await readFile(path.join(folder, 'index.html'), 'utf8')).toContain('NuGet v2 is down.');
    expect(await readFile(path.join(folder, 'history', '2024-05.html'), 'utf8')).toContain('Incidents of May 2024');
  });

  it('is written by the process where a folder is set, and says in the log when it cannot be', async () => {
    const good = await openStatusUnderTest({
      parts: [known, pagesPart],
      settings: { pageFolder: path.join(folder, 'site') },
    });
    await writeFile(path.join(folder, 'file'), '');
    const bad = await openStatusUnderTest({
      parts: [known, pagesPart],
      settings: { pageFolder: path.join(folder, 'file') },
    });
    // The drain waits for the writing.
    await Promise.all([good.stop(), bad.stop()]);
    expect(await readFile(path.join(folder, 'site', 'index.html'), 'utf8')).toContain('NuGet v2');
    expect(bad.logged()).toContain('the static status page cannot be written');
    await Promise.all([good.dispose(), bad.dispose()]);
  });
});
