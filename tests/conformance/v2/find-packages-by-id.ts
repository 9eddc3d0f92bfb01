/** `FindPackagesById()` and `Packages(Id=,Version=)` as each generation of clients asks them. */
import { expect, it } from '@jest/globals';

import { CORE, CORE_ALL, CORE_OLD } from '../support/fixture.ts';
import { readFeed } from '../support/atom.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const sorted = (versions: readonly string[]): readonly string[] => [...versions].sort();
const NEWEST_OLD = CORE.stable.at(-1);

function describeById({ server, fixture: { core, app, module, tag } }: Subject): void {
  it('2.8.7, install: gives the latest version by IsLatestVersion, newest first, one', async () => {
    const options = `$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='${core}'`;
    expect((await server.v2Feed(`/FindPackagesById()?${options}`)).versions).toEqual([NEWEST_OLD]);
  });

  it('2.8.7, install -Prerelease: gives the latest version by IsAbsoluteLatestVersion', async () => {
    const options = `$filter=IsAbsoluteLatestVersion&$orderby=Version%20desc&$top=1&id='${core}'`;
    expect((await server.v2Feed(`/FindPackagesById()?${options}`)).versions).toEqual([CORE.prerelease]);
  });

  it('all clients: gives every version but those of SemVer 2.0.0, unlisted ones too', async () => {
    const { versions, ids } = await server.v2Feed(`/FindPackagesById()?id='${core}'`);
    expect(sorted(versions)).toEqual(sorted(CORE_OLD));
    expect(new Set(ids)).toEqual(new Set([core]));
  });

  it('4.3 and newer: gives SemVer 2.0.0 versions with semVerLevel=2.0.0', async () => {
    const { versions } = await server.v2Feed(`/FindPackagesById()?id='${core}'&semVerLevel=2.0.0`);
    expect(sorted(versions)).toEqual(sorted(CORE_ALL));
  });

  it('gives latest flags by what the client can see', async () => {
    const flagged = async (more: string, flag: string): Promise<readonly string[]> =>
      (await server.v2Feed(`/FindPackagesById()?id='${core}'${more}`)).entries
        .filter(({ properties }) => properties.get(flag) === 'true')
        .map(({ version }) => version);
    const semver2 = '&semVerLevel=2.0.0';
    expect(await flagged('', 'IsLatestVersion')).toEqual([NEWEST_OLD]);
    expect(await flagged('', 'IsAbsoluteLatestVersion')).toEqual([CORE.prerelease]);
    expect(await flagged(semver2, 'IsLatestVersion')).toEqual([NEWEST_OLD]);
    expect(await flagged(semver2, 'IsAbsoluteLatestVersion')).toEqual([CORE.semver2.at(-1)]);
  });

  it('compares ids without case', async () => {
    expect((await server.v2Feed(`/FindPackagesById()?id='${core.toUpperCase()}'`)).ids[0]).toBe(core);
  });

  it('takes the parentheses encoded, left out, and quotes bare or encoded', async () => {
    const forms = [
      `/FindPackagesById?id='${core}'`,
      `/FindPackagesById()?id=%27${core}%27`,
      `/FindPackagesById%28%29?id='${core}'`,
      `/FindPackagesById()?$top=100&id=%27${core}%27`,
      `/FindPackagesById()?%24top=100&id='${core}'`,
    ];
    for (const form of forms) {
      const { status, body } = await server.raw(form);
      expect({ form, status }).toEqual({ form, status: 200 });
      expect(body.toString().split('<entry').length - 1).toBe(CORE_OLD.length);
    }
  });

  it.each(['', '&semVerLevel=2.0.0'])('answers an unknown id with an empty feed, not with 404 (%j)', async (more) => {
    const { entries, next } = await server.v2Feed(`/FindPackagesById()?id='${tag}.Nothing'${more}`);
    expect({ entries, next }).toEqual({ entries: [], next: undefined });
  });

  it('answers the empty id with an empty feed', async () => {
    expect((await server.v2Feed(`/FindPackagesById()?id=''`)).entries).toEqual([]);
  });

  it('renovate: takes $select', async () => {
    const path = `/FindPackagesById()?id=%27${core}%27&$select=Version,IsLatestVersion,ProjectUrl,Published`;
    const { entries } = await server.v2Feed(path);
    expect(sorted(entries.map(({ properties }) => properties.get('Version') ?? ''))).toEqual(sorted(CORE_OLD));
    expect(entries.every(({ properties }) => properties.has('Published'))).toBe(true);
  });

  it('PSResourceGet: filters by id, flag and tag, counting all pages', async () => {
    const filter = `IsLatestVersion%20and%20Id%20eq%20'${module}'%20and%20substringof('PSModule',%20Tags)%20eq%20true`;
    const path = `/FindPackagesById()?id='${module}'&$inlinecount=allpages&$filter=${filter}`;
    const feed = await server.v2Feed(path);
    expect(feed.versions).toEqual(['1.1.0']);
    expect(feed.count).toBe(1);
  });

  it.each([
    ["NormalizedVersion%20eq%20'1.1.0'", ['1.1.0']],
    ["NormalizedVersion%20gt%20'1.0.0'", ['1.1.0', '1.2.0-beta']],
    ["NormalizedVersion%20lt%20'1.1.0'", ['1.0.0']],
    ["NormalizedVersion%20ge%20'1.0.0'%20and%20NormalizedVersion%20le%20'1.1.0'", ['1.0.0', '1.1.0']],
  ])('PSResourceGet: compares versions as versions: %s', async (comparison, expected) => {
    const path = `/FindPackagesById()?id='${module}'&$inlinecount=allpages&$filter=Id%20eq%20'${module}'%20and%20${comparison}`;
    expect(sorted((await server.v2Feed(path)).versions)).toEqual(expected);
  });

  it('PSResourceGet: takes IsLatestVersion with and without "eq true"', async () => {
    for (const flag of ['IsLatestVersion', 'IsLatestVersion%20eq%20true']) {
      expect((await server.v2Feed(`/FindPackagesById()?id='${module}'&$filter=${flag}`)).versions).toEqual(['1.1.0']);
    }
    const listed = await server.v2Feed(`/FindPackagesById()?id='${module}'&$filter=IsLatestVersion%20eq%20false`);
    expect(sorted(listed.versions)).toEqual(['1.0.0', '1.2.0-beta']);
  });

  it('Paket: orders by Published, newest first', async () => {
    const { entries } = await server.v2Feed(
      `/FindPackagesById()?id='${app}'&semVerLevel=2.0.0&$orderby=Published%20desc`,
    );
    expect(entries).toHaveLength(1);
    const all = (await server.v2Feed(`/FindPackagesById()?id='${module}'&$orderby=Published%20desc`)).entries;
    const dates = all.map(({ properties }) => properties.get('Published') ?? '');
    expect(dates).toEqual([...dates].sort().reverse());
  });

  it('NuGetForUnity: finds one version by its name', async () => {
    const feed = await server.v2Feed(`/FindPackagesById()?id='${core}'&$filter=Version%20eq%20'1.9.0'`);
    expect(feed.versions).toEqual(['1.9.0']);
  });
}

function describeByName({ server, fixture: { core, tag } }: Subject): void {
  it.each([
    "Id='%s',Version='1.9'",
    'Id=%27%s%27,Version=%271.9.0.0%27',
    "Id='%s',Version='01.9.0'",
    "Version='1.9.0',Id='%s'",
  ])('2.8.7: takes the version in any form: %j', async (form) => {
    const { status, body } = await server.raw(`/Packages(${form.replace('%s', core)})`);
    expect(status).toBe(200);
    expect(body.toString()).toContain('<d:NormalizedVersion>1.9.0</d:NormalizedVersion>');
  });

  it('finds an id in any case', async () => {
    expect((await server.v2Entry({ id: core.toLowerCase(), version: '1.9.0' })).id).toBe(core);
  });

  it('answers what is not there with 404', async () => {
    for (const [id, version] of [
      [core, '9.9.9'],
      [core, '9.9.9.0'],
      [`${tag}.Nothing`, '1.0.0'],
    ]) {
      expect(await server.v2(`/Packages(Id='${id}',Version='${version}')`)).toMatchObject({ status: 404 });
    }
  });

  it('gives SemVer 2.0.0 versions without being asked for them', async () => {
    expect((await server.v2Entry({ id: core, version: '2.0.0-rc.2' })).version).toBe('2.0.0-rc.2');
  });

  it('NuGet.Core: gives the id alone, to be asked whether the version exists', async () => {
    const answer = await server.v2(`/Packages(Id='${core}',Version='1.9.0')/Id`);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(new RegExp(`<(d:)?Id[^>]*>${core}</(d:)?Id>`));
    expect(await server.v2(`/Packages(Id='${core}',Version='9.9.9')/Id`)).toMatchObject({ status: 404 });
  });
}

export function describeV2ById(subject: Subject): void {
  describeClaims(subject, ['v2'], 'v2: FindPackagesById()', () => describeById(subject));
  describeClaims(subject, ['v2'], "v2: Packages(Id='X',Version='V')", () => describeByName(subject));
  const { server, fixture } = subject;
  describeClaims(subject, ['v2', 'unlisting'], 'v2: an unlisted version', () => {
    it('stays in FindPackagesById(), marked as unlisted', async () => {
      const feed = readFeed(await server.v2(`/FindPackagesById()?id='${fixture.core}'`));
      const entry = feed.entries.find(({ version }) => version === CORE.unlisted);
      expect(entry?.properties.get('Published')).toMatch(/^1900-01-01T00:00:00/);
      expect(entry?.properties.get('Listed') ?? 'false').toBe('false');
      expect(entry?.properties.get('IsLatestVersion')).toBe('false');
      expect(entry?.properties.get('IsAbsoluteLatestVersion')).toBe('false');
    });

    it('has an entry of its own, and its file', async () => {
      const { download } = await server.v2Entry({ id: fixture.core, version: CORE.unlisted });
      expect(await server.send(download)).toMatchObject({ status: 200 });
    });
  });
}
