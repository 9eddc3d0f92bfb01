import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AdvisoryState } from './advisory-state.ts';
import { FEED_URL, FeedFixture } from './feed-fixture.ts';
import { searchAnswer } from './search.ts';
import { v3Links } from './v3-links.ts';

const BASE = `${FEED_URL}/api/v3`;
let feed: FeedFixture;

interface SearchAnswer {
  readonly totalHits: number;
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

beforeAll(async () => {
  feed = await FeedFixture.open();
  await feed.add('Alpha', '1.0.0', { tags: ['greek'], summary: 'First.', authors: 'Ada,Grace , ' });
  await feed.add('Alpha', '1.1.0', { tags: ['greek'], summary: 'First.', iconUrl: 'https://example.org/i.png' });
  await feed.add('Alpha', '2.0.0-beta');
  await feed.add('Alpha', '3.0.0', { listed: false });
  await feed.add('Alphabet', '1.0.0', { packageTypes: [{ name: 'DotnetTool', version: null }] });
  await feed.add('Beta', '1.0.0-x.1+m');
  for (let index = 0; index < 25; index += 1) await feed.add(`Crowd.${String(index).padStart(2, '0')}`, '1.0.0');
});

afterAll(() => feed.close());

const ids = async (query: string): Promise<unknown[]> =>
  (await feed.json<SearchAnswer>(`/query?${query}`)).data.map(({ id }) => id);
const complete = async (query: string): Promise<readonly unknown[]> =>
  (await feed.json<{ data: readonly unknown[] }>(`/autocomplete?${query}`)).data;

describe('query', () => {
  it('tells of each id what clients show', async () => {
    const answer = await feed.json<SearchAnswer>('/query?q=alpha&take=1');
    const registration = `${BASE}/registration/plain/alpha`;
    expect(answer).toEqual({
      totalHits: 2,
      data: [
        {
          '@id': `${registration}/index.json`,
          '@type': 'Package',
          registration: `${registration}/index.json`,
          id: 'Alpha',
          version: '1.1.0',
          description: 'About Alpha.',
          summary: 'First.',
          title: 'Alpha',
          iconUrl: 'https://example.org/i.png',
          tags: ['greek'],
          authors: ['Ada', 'Grace'],
          owners: [],
          totalDownloads: 0,
          verified: false,
          packageTypes: [{ name: 'Dependency' }],
          versions: [
            { '@id': `${registration}/1.0.0.json`, version: '1.0.0', downloads: 0 },
            { '@id': `${registration}/1.1.0.json`, version: '1.1.0', downloads: 0 },
          ],
        },
      ],
    });
  });

  it('shows pre-releases and SemVer 2.0.0 to those who ask, and never what is unlisted', async () => {
    const versionOf = async (query: string) => (await feed.json<SearchAnswer>(`/query?${query}`)).data[0]?.version;
    expect(await versionOf('q=alpha&prerelease=True')).toBe('2.0.0-beta');
    expect(await ids('q=beta&prerelease=true')).not.toContain('Beta');
    expect(await versionOf('Q=Beta&PreRelease=true&SEMVERLEVEL=2.0.0&take=1')).toBe('1.0.0-x.1+m');
    const { data } = await feed.json<SearchAnswer>('/query?q=Beta&prerelease=true&semVerLevel=2.0.0&take=1');
    expect(data[0]?.registration).toBe(`${BASE}/registration/semver2/beta/index.json`);
  });

  it('gives 20 at a time unless told otherwise, and says how many there are', async () => {
    const first = await feed.json<SearchAnswer>('/query?q=crowd');
    expect([first.totalHits, first.data.length]).toEqual([25, 20]);
    const [all, rest, none] = [await ids('q=crowd&take=9999'), await ids('q=crowd&skip=20'), await ids('take=0')];
    expect([all.length, rest.length, none.length]).toEqual([25, 5, 0]);
    expect(new Set([...first.data.map(({ id }) => id), ...rest])).toEqual(new Set(all));
  });

  it('finds by package type, and ignores what it does not know', async () => {
    expect(await ids('packageType=dotnettool')).toEqual(['Alphabet']);
    expect(await ids('q=alpha&packageType=&supportedFramework=net45&supportedFramework=net40&x=y')).toHaveLength(2);
  });

  it('takes what old clients send, in any case, and pages up to 3000', async () => {
    const old = 'Q=Alpha&supportedFramework=net45&packageTypeFilter=Dependency&includeDelisted=true&SKIP=0&TAKE=26';
    expect(await ids(old)).toEqual(['Alpha', 'Alphabet']);
    expect(await ids('q=alpha&skip=3000')).toEqual([]);
    expect(await ids('q=alpha&packageType=no%20such%20type')).toEqual([]);
  });

  it.each([
    ['skip=-1', 'skip'],
    ['take=many', 'take'],
    ['take=1.5', 'take'],
    ['skip=3001', 'skip'],
    ['prerelease=perhaps', 'prerelease'],
  ])('answers 400 to %s and names %s in the reason', async (query, name) => {
    const problem = await feed.ask(`/query?${query}`).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'FF_INVALID_QUERY', status: 400 });
    expect((problem as { reasonPhrase: string }).reasonPhrase).toContain(name);
  });
});

describe('autocomplete', () => {
  it('completes ids', async () => {
    expect(await feed.json('/autocomplete?q=alph')).toEqual({ totalHits: 2, data: ['Alpha', 'Alphabet'] });
    expect(await complete('q=crowd&skip=23')).toEqual(['Crowd.23', 'Crowd.24']);
    expect(await complete('q=nothing')).toEqual([]);
  });

  it('lists the versions of an id that the client can use', async () => {
    expect(await complete('id=ALPHA')).toEqual(['1.0.0', '1.1.0']);
    expect(await complete('id=alpha&take=10&prerelease=true')).toEqual(['1.0.0', '1.1.0', '2.0.0-beta']);
    expect(await complete('id=beta&prerelease=true')).toEqual([]);
    expect(await complete('id=beta&prerelease=true&semVerLevel=2.0.0')).toEqual(['1.0.0-x.1+m']);
    expect(await complete('id=nobody')).toEqual([]);
  });
});

describe('a page with very many versions', () => {
  it('lets others have their turn between its ids', async () => {
    const [hit] = await feed.hits('beta');
    if (hit === undefined) throw new Error('nothing was found');
    const versions = Array.from({ length: 2000 }, () => hit.newest);
    let pauses = 0;
    const answer = await searchAnswer(
      { total: 3, hits: [1, 2, 3].map(() => ({ ...hit, versions })) },
      {
        links: v3Links({ feedUrl: FEED_URL, baseUrl: BASE }),
        hive: 'plain',
        advisories: await AdvisoryState.of(feed.advisories, 'main', []),
        pause: () => Promise.resolve(void (pauses += 1)),
      },
    );
    expect(JSON.parse(answer)).toMatchObject({ totalHits: 3, data: [{ id: 'Beta' }, { id: 'Beta' }, { id: 'Beta' }] });
    expect(pauses).toBe(2);
  });
});
