/** v3 search and autocomplete. */
import { expect, it } from '@jest/globals';

import { APP, CORE, CORE_LISTED, CORE_LISTED_OLD, HARD_TEXT, newTag } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

interface Hit {
  readonly id: string;
  readonly version: string;
  readonly description?: string;
  readonly title?: string;
  readonly tags?: readonly string[];
  readonly totalDownloads?: number;
  readonly registration?: string;
  readonly packageTypes?: readonly { readonly name: string }[];
  readonly versions: readonly { readonly '@id': string; readonly version: string; readonly downloads: number }[];
}
interface Hits {
  readonly totalHits: number;
  readonly data: readonly Hit[];
}

const normalized = (versions: readonly string[]): readonly string[] =>
  versions.map((version) => version.split('+')[0] ?? '').sort();

function describeQuery(subject: Subject, type: string): void {
  const { server, index, fixture } = subject;
  const { tag, core, app, many, module, tool } = fixture;
  const query = (options: string): Promise<Hits> => server.json<Hits>(`${index.url(type)}?${options}`);
  const newest = (hits: Hits): Readonly<Record<string, string>> =>
    Object.fromEntries(hits.data.map(({ id, version }) => [id, version.split('+')[0] ?? '']));
  const stable = { [core]: '1.10.0', [app]: APP.version, [many]: '1.129.0', [module]: '1.1.0', [tool]: '1.0.0' };

  it('gives each id once, with its newest stable version by default', async () => {
    const hits = await query(`q=${tag}`);
    expect(newest(hits)).toEqual(stable);
    expect(hits.totalHits).toBe(5);
  });

  it('gives pre-releases and SemVer 2.0.0 versions as they are asked for', async () => {
    expect(newest(await query(`q=${tag}&prerelease=true`))).toMatchObject({
      [core]: CORE.prerelease,
      [module]: '1.2.0-beta',
    });
    expect(newest(await query(`q=${tag}&prerelease=true&semVerLevel=2.0.0`))).toMatchObject({ [core]: '2.0.0-rc.10' });
    expect(newest(await query(`q=${tag}&prerelease=false&semVerLevel=2.0.0`))).toEqual(stable);
  });

  it('lists the versions that the client can read, ascending and without unlisted ones', async () => {
    const versionsOf = async (options: string): Promise<readonly string[]> =>
      (await query(`q=${core}&${options}`)).data
        .find(({ id }) => id === core)
        ?.versions.map(({ version }) => version) ?? [];
    expect(await versionsOf('prerelease=false')).toEqual([...CORE.stable]);
    expect(normalized(await versionsOf('prerelease=true'))).toEqual(normalized(CORE_LISTED_OLD));
    expect(normalized(await versionsOf('prerelease=true&semVerLevel=2.0.0'))).toEqual(normalized(CORE_LISTED));
  });

  it('has the documented fields', async () => {
    const hit = (await query(`q=${app}`)).data.find(({ id }) => id === app);
    expect(hit).toMatchObject({
      description: HARD_TEXT,
      title: APP.title,
      summary: APP.summary,
      projectUrl: APP.projectUrl,
      licenseUrl: APP.licenseUrl,
      tags: [...APP.tags],
      verified: false,
    });
    expect(hit?.totalDownloads).toBeGreaterThanOrEqual(0);
    expect(hit?.versions[0]?.downloads).toBeGreaterThanOrEqual(0);
    expect(hit?.packageTypes?.map(({ name }) => name)).toEqual(['Dependency']);
    for (const url of [hit?.registration, hit?.versions[0]?.['@id']]) {
      expect(await server.send(url ?? '')).toMatchObject({ status: 200 });
    }
  });

  it('filters by package type without case', async () => {
    for (const name of ['DotnetTool', 'dotnettool']) {
      expect((await query(`q=${tag}&packageType=${name}`)).data.map(({ id }) => id)).toEqual([tool]);
    }
    expect((await query(`q=${tag}&packageType=Nothing`)).data).toEqual([]);
  });

  it('skips and takes, within bounds', async () => {
    const ids = async (options: string): Promise<readonly string[]> =>
      (await query(`q=${tag}&${options}`)).data.map(({ id }) => id);
    const all = await ids('take=20');
    expect([...(await ids('take=2')), ...(await ids('skip=2&take=2')), ...(await ids('skip=4&take=2'))]).toEqual(all);
    expect(await ids('skip=5&take=2')).toEqual([]);
    expect(await query(`q=${tag}&take=0`)).toMatchObject({ totalHits: 5, data: [] });
    expect(await server.send(`${index.url(type)}?q=${tag}&take=100000`)).toMatchObject({ status: 200 });
    expect([200, 400]).toContain((await server.send(`${index.url(type)}?q=${tag}&skip=100000`)).status);
  });

  it('finds nothing for what is nowhere, and something for nothing', async () => {
    expect(await query(`q=${newTag()}`)).toEqual(expect.objectContaining({ totalHits: 0, data: [] }));
    expect((await query('take=1')).data).toHaveLength(1);
  });

  it('takes "+" for a blank', async () => {
    expect((await query(`q=${tag}+kernel`)).data.map(({ id }) => id)).toContain(core);
  });
}

function describeAutocomplete(subject: Subject, type: string): void {
  const { server, index, fixture } = subject;
  const { tag, core, app, many, module, tool } = fixture;
  const complete = (options: string): Promise<{ readonly data: readonly string[]; readonly totalHits?: number }> =>
    server.json(`${index.url(type)}?${options}`);

  it('gives ids that start with a text, without case', async () => {
    const { data, totalHits } = await complete(`q=${tag.toLowerCase()}&prerelease=true&semVerLevel=2.0.0`);
    expect([...data].sort()).toEqual([app, core, many, module, tool].sort());
    expect(totalHits).toBe(5);
  });

  it('takes and skips', async () => {
    expect((await complete(`q=${tag}&take=2`)).data).toHaveLength(2);
    expect((await complete(`q=${tag}&skip=4&take=20`)).data).toHaveLength(1);
  });

  it('gives the listed versions of an id as far as the client can read them', async () => {
    expect(normalized((await complete(`id=${core}`)).data)).toEqual(normalized(CORE.stable));
    expect(normalized((await complete(`id=${core.toLowerCase()}&prerelease=true`)).data)).toEqual(
      normalized(CORE_LISTED_OLD),
    );
    expect(normalized((await complete(`id=${core}&prerelease=true&semVerLevel=2.0.0`)).data)).toEqual(
      normalized(CORE_LISTED),
    );
  });

  it('gives nothing for an unknown id', async () => {
    expect((await complete(`id=${tag}.Nothing&prerelease=true`)).data).toEqual([]);
  });
}

export function describeV3Search(subject: Subject): void {
  const [search, autocomplete] = ['SearchQueryService/3.5.0', 'SearchAutocompleteService/3.5.0'];
  describeClaims(subject, ['v3', search], 'v3: search', () => describeQuery(subject, search));
  describeClaims(subject, ['v3', autocomplete], 'v3: autocomplete', () => describeAutocomplete(subject, autocomplete));
}
