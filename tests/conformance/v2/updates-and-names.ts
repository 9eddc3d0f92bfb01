/** `GetUpdates()`, the lists of names for completion, and what few clients ask for. */
import { expect, it } from '@jest/globals';

import { CORE, CORE_LISTED, CORE_LISTED_OLD } from '../support/fixture.ts';
import { readFeed } from '../support/atom.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const sorted = (versions: readonly string[]): readonly string[] => [...versions].sort();

function describeUpdates({ server, fixture: { core, app, tag } }: Subject): void {
  const asked = (more: string): string =>
    `packageIds='${core}%7C${app}'&versions='1.0.0%7C1.2.3'&targetFrameworks=''&versionConstraints=''${more}`;
  const updates = async (query: string): Promise<readonly string[]> =>
    sorted((await server.v2Feed(`/GetUpdates()?${query}`)).entries.map(({ id, version }) => `${id} ${version}`));

  it('gives the newest version of each id that has a newer one', async () => {
    const query = asked('&includePrerelease=false&includeAllVersions=false');
    expect(await updates(query)).toEqual([`${core} 1.10.0`]);
  });

  it('gives pre-releases on request', async () => {
    const query = asked('&includePrerelease=true&includeAllVersions=false');
    expect(await updates(query)).toEqual([`${core} ${CORE.prerelease}`]);
    expect(await updates(`${query}&semVerLevel=2.0.0`)).toEqual([`${core} ${CORE.semver2[1]}`]);
  });

  it('gives all newer versions on request', async () => {
    const query = asked('&includePrerelease=true&includeAllVersions=true');
    const newer = CORE_LISTED_OLD.filter((version) => version !== '1.0.0');
    expect(await updates(query)).toEqual(sorted(newer.map((version) => `${core} ${version}`)));
  });

  it('keeps to the constraint of each id', async () => {
    const query = `packageIds='${core}%7C${app}'&versions='1.0.0%7C1.0.0'&includePrerelease=false&includeAllVersions=false&targetFrameworks='net472'&versionConstraints='%5B1.0%2C%201.10%29%7C'`;
    expect(await updates(query)).toEqual([`${app} 1.2.3`, `${core} 1.9.0`]);
  });

  it('takes the same as a POST', async () => {
    const body = asked('&includePrerelease=false&includeAllVersions=false');
    const answer = await server.v2('/GetUpdates()', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(body),
    });
    expect(readFeed(answer).versions).toEqual(['1.10.0']);
  });

  it('answers counts that do not match, and nothing, with an empty feed', async () => {
    expect(
      await updates(`packageIds='${core}%7C${app}'&versions='1.0.0'&includePrerelease=false&includeAllVersions=false`),
    ).toEqual([]);
    expect(await updates(`packageIds=''&versions=''&includePrerelease=false&includeAllVersions=false`)).toEqual([]);
    expect(
      await updates(`packageIds='${tag}.Nothing'&versions='1.0'&includePrerelease=false&includeAllVersions=false`),
    ).toEqual([]);
  });

  it('shows projects what has files for one of their frameworks, and nothing else', async () => {
    const query = `packageIds='${core}'&versions='1.0.0'&includePrerelease=false&includeAllVersions=false`;
    // All packages of the run have files for .NET Standard 2.0 alone.
    for (const fitting of ['netstandard2.0', 'net472', 'wp8%7Cnet8.0', '']) {
      expect(await updates(`${query}&targetFrameworks='${fitting}'`)).toEqual([`${core} 1.10.0`]);
    }
    expect(await updates(`${query}&targetFrameworks='net35'`)).toEqual([]);
    expect(await updates(`${query}&targetFrameworks='wp8%7Csl4'`)).toEqual([]);
  });

  it('takes a framework whose plus became a blank', async () => {
    const query = `packageIds='${core}'&versions='1.0.0'&includePrerelease=false&includeAllVersions=false&targetFrameworks='portable-net45%20win8'`;
    expect(await updates(query)).toEqual([`${core} 1.10.0`]);
  });

  it('counts in plain text', async () => {
    const answer = await server.v2(
      `/GetUpdates()/$count?${asked('&includePrerelease=false&includeAllVersions=false')}`,
    );
    expect(answer.text.replace('\ufeff', '')).toBe('1');
  });
}

function describeNames({ server, fixture: { tag, core, module, app, many, tool } }: Subject): void {
  it('package-ids gives ids that start with a text, without case', async () => {
    const path = `/package-ids?partialId=${tag.toLowerCase()}&includePrerelease=True&semVerLevel=2.0.0`;
    const ids = await server.json<readonly string[]>(server.addresses.v2 + path);
    expect([...ids].sort()).toEqual([app, core, many, module, tool].sort());
  });

  it('package-versions gives listed versions, as far as the client can read them', async () => {
    const of = (more: string): Promise<readonly string[]> =>
      server.json<readonly string[]>(`${server.addresses.v2}/package-versions/${core}${more}`);
    expect(sorted(await of('?includePrerelease=False'))).toEqual(sorted(CORE.stable));
    expect(sorted(await of('?includePrerelease=True'))).toEqual(sorted(CORE_LISTED_OLD));
    const all = sorted(await of('?includePrerelease=True&semVerLevel=2.0.0')).map((version) => version.split('+')[0]);
    expect(all).toEqual(sorted(CORE_LISTED).map((version) => version.split('+')[0]));
  });

  it('package-versions of an unknown id is an empty list', async () => {
    expect(await server.json(`${server.addresses.v2}/package-versions/${tag}.Nothing`)).toEqual([]);
  });
}

function describeRest({ server, fixture: { core, app, module, appBytes } }: Subject): void {
  it('package/{id}/{version} is the file', async () => {
    const { status, body } = await server.v2(`/package/${app}/1.2.3`);
    expect(status).toBe(200);
    expect(body.equals(appBytes)).toBe(true);
  });

  it('the file is served over HTTP/1.0, without chunks', async () => {
    const { status, headers, body } = await server.raw(`/package/${app}/1.2.3`, {
      version: '1.0',
      headers: { 'nuget-operation': 'Install' },
    });
    expect(status).toBe(200);
    expect(headers.get('transfer-encoding')).toBeUndefined();
    expect(body.equals(appBytes)).toBe(true);
  });

  it('PowerShellGet: items/psscript is a root of its own', async () => {
    const path = `/items/psscript/FindPackagesById()?id='${module}'`;
    const { status } = await server.v2(path);
    expect([200, 404]).toContain(status);
  });

  it('$format=json is JSON of data services', async () => {
    const answer = await server.v2(`/Packages()?$filter=Id%20eq%20'${core}'&$orderby=Version&$format=json`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    const { d } = JSON.parse(answer.text) as { readonly d: unknown };
    expect(JSON.stringify(d)).toContain(`"Id":"${core}"`);
  });

  it('$batch answers several questions at once', async () => {
    const part = (path: string): string =>
      `--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET ${path} HTTP/1.1\r\n\r\n\r\n`;
    const body = part(`Packages()?$filter=Id%20eq%20'${core}'`) + part(`FindPackagesById()?id='${app}'`) + '--b1--\r\n';
    const answer = await server.v2('/$batch', {
      method: 'POST',
      headers: { 'content-type': 'multipart/mixed; boundary=b1' },
      body: Buffer.from(body),
    });
    expect(answer.status).toBe(202);
    expect(answer.headers['content-type']).toMatch(/^multipart\/mixed/);
    expect(answer.text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(answer.text).toContain(`<d:Id>${app}</d:Id>`);
  });
}

export function describeV2Updates(subject: Subject): void {
  describeClaims(subject, ['v2'], 'v2: GetUpdates()', () => describeUpdates(subject));
  describeClaims(subject, ['v2'], 'v2: lists of names', () => describeNames(subject));
  describeClaims(subject, ['v2'], 'v2: and else', () => describeRest(subject));
}
