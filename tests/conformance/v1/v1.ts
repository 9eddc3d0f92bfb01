/** v1, for clients before NuGet 1.6: stable versions only, entries of their own kind, and the key of a write in its path. */
import { expect, it } from '@jest/globals';

import { buildPackage } from '../../src/support/package-builder.ts';
import { readEntry, readFeed } from '../support/atom.ts';
import type { Feed } from '../support/atom.ts';
import { APP, CORE, newTag } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';
import { child, descendants, parseXml } from '../support/xml-document.ts';

/** What v2 does not have. */
const OWN_PROPERTIES: readonly string[] =
  'RatingsCount VersionRatingsCount Rating VersionRating Categories PackageType Price Prerelease ExternalPackageUrl'.split(
    ' ',
  );
/** What clients take for a sign of v2. */
const V2_PROPERTIES: readonly string[] = ['NormalizedVersion', 'IsAbsoluteLatestVersion', 'IsPrerelease'];

const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort();
const words = (text: string): string => text.replaceAll(' ', '%20');

function describeDocuments({ server, fixture: { app, appBytes } }: Subject): void {
  const v1 = (path: string) => server.send(server.addresses.v1 + path);
  const entryPath = `/Packages(Id='${app}',Version='${APP.version}')`;

  it.each(['', '/', '/FeedService.svc'])('has a service document with Packages at %j', async (path) => {
    const answer = await v1(path);
    expect(answer.status).toBe(200);
    const collections = descendants(parseXml(answer.text), 'collection');
    expect(collections.map(({ attributes }) => attributes.get('href'))).toContain('Packages');
  });

  it('describes in $metadata a package with a stream, and nothing that is a sign of v2', async () => {
    const edmx = parseXml((await v1('/$metadata')).text);
    const named = (local: string) => descendants(edmx, local).map(({ attributes }) => attributes.get('Name') ?? '');
    expect(descendants(edmx, 'EntityType')[0]?.attributes.get('m:HasStream')).toBe('true');
    expect(named('EntitySet')[0]).toBe('Packages');
    expect(named('Property')).toEqual(expect.arrayContaining([...OWN_PROPERTIES]));
    expect(named('Property').filter((name) => V2_PROPERTIES.includes(name))).toEqual([]);
  });

  it('has entries with the properties of v1, whose title is that of the package', async () => {
    const { element, properties } = readEntry(await v1(entryPath));
    expect(child(element, 'title')?.text).toBe(APP.title);
    expect(child(element, 'category')?.attributes.get('term')).toMatch(/V1FeedPackage$/);
    expect(OWN_PROPERTIES.filter((name) => !properties.has(name))).toEqual([]);
    expect([...properties.keys()].filter((name) => V2_PROPERTIES.includes(name))).toEqual([]);
    expect(Object.fromEntries(properties)).toMatchObject({ Id: app, Version: APP.version, PackageType: 'Package' });
  });

  it('leads to the file, by the entry and by both paths that clients know', async () => {
    const { download } = readEntry(await v1(entryPath));
    const { v1: root } = server.addresses;
    for (const url of [
      download,
      `${root}/package/${app}/${APP.version}`,
      `${root}/Package/Download/${app}/${APP.version}`,
    ]) {
      const { status, body } = await server.send(url);
      expect({ url, status, same: body.equals(appBytes) }).toEqual({ url, status: 200, same: true });
    }
  });
}

function describeQueries({ server, fixture: { core, app, tool, many, module, tag, unlists } }: Subject): void {
  const v1 = (path: string) => server.send(server.addresses.v1 + path);
  const feed = async (path: string): Promise<Feed> => readFeed(await v1(path));
  const stable = unlists ? [...CORE.stable, CORE.unlisted] : [...CORE.stable];

  it('FindPackagesById() gives stable versions that old clients can read, and nothing for an unknown id', async () => {
    expect(sorted((await feed(`/FindPackagesById()?id='${core}'`)).versions)).toEqual(sorted(stable));
    expect((await feed(`/FindPackagesById()?id='${tag}.Nothing'`)).entries).toEqual([]);
  });

  it('Packages(Id=,Version=) says 404 for versions that do not exist for v1', async () => {
    for (const version of [CORE.prerelease, '2.0.0-rc.2', '9.9.9']) {
      expect(await v1(`/Packages(Id='${core}',Version='${version}')`)).toMatchObject({ status: 404 });
    }
  });

  it('Packages() filters as clients do that find no functions in $metadata', async () => {
    const term = `${tag}.core`.toLowerCase();
    const text = `(((Id ne null) and substringof('${term}',tolower(Id))) or ((Description ne null) and substringof('${term}',tolower(Description)))) or ((Tags ne null) and substringof(' ${term} ',tolower(Tags)))`;
    const { entries } = await feed(
      `/Packages()?$filter=${words(`(${text}) and IsLatestVersion`)}&$orderby=Id&$skip=0&$top=30`,
    );
    expect(entries.map(({ id, version }) => `${id} ${version}`)).toEqual([`${core} 1.10.0`]);
    const byId = await feed(`/Packages()?$filter=${words(`tolower(Id) eq '${term}'`)}&$orderby=Id`);
    expect(sorted(byId.versions)).toEqual(sorted(stable));
  });

  it('Search() gives the latest version of each id', async () => {
    const { ids } = await feed(`/Search()?searchTerm='${tag}'&targetFramework=''&$filter=IsLatestVersion&$orderby=Id`);
    expect(ids).toEqual([app, core, many, module, tool]);
  });

  it('counts in plain text', async () => {
    const count = async (path: string) => (await v1(path)).text.replace('\ufeff', '');
    expect(await count(`/Packages()/$count?$filter=${words(`Id eq '${many}'`)}`)).toBe('130');
    expect(await count(`/Search()/$count?searchTerm='${tag}'&$filter=IsLatestVersion`)).toBe('5');
  });

  it('pages by a hundred, with next links that stay in v1', async () => {
    const first = await feed(`/FindPackagesById()?id='${many}'`);
    expect(first.entries).toHaveLength(100);
    expect(first.next?.startsWith(server.addresses.v1)).toBe(true);
    expect(readFeed(await server.send(first.next ?? '')).entries).toHaveLength(30);
  });
}

function describeWrites({ server }: Subject): void {
  const { v1 } = server.addresses;

  it('takes a push with the key in the path, its publication, and its removal', async () => {
    const id = `${newTag()}.Old`;
    const content = buildPackage({ id });
    const write = (method: string, path: string, type: string, body: Buffer) =>
      server.send(`${v1}${path}`, { method, headers: { 'content-type': type }, body });
    const pushed = await write('POST', `/PackageFiles/${server.key}/nupkg`, 'application/octet-stream', content);
    expect([200, 201]).toContain(pushed.status);
    const published = Buffer.from(JSON.stringify({ key: server.key, id, version: '1.0.0' }));
    expect((await write('POST', '/PublishedPackages/Publish', 'application/json', published)).status).toBeLessThan(300);
    const { download } = readEntry(await server.send(`${v1}/Packages(Id='${id}',Version='1.0.0')`));
    expect((await server.send(download)).body.equals(content)).toBe(true);
    const removed = await server.send(`${v1}/Packages/${server.key}/${id}/1.0.0`, { method: 'DELETE' });
    expect(removed.status).toBeLessThan(300);
    expect(readFeed(await server.send(`${v1}/Search()?searchTerm='${id}'`)).entries).toEqual([]);
  });

  // An address with a credential of its own might do for the write.
  if (server.carriesCredentials) return;
  it('refuses a wrong key in the path with 403', async () => {
    const { status } = await server.send(`${v1}/PackageFiles/5a0f0d5c-3f57-4e9a-a7a0-1d1b4e3c2f10/nupkg`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: buildPackage({ id: `${newTag()}.Refused` }),
    });
    expect(status).toBe(403);
  });
}

export function describeV1(subject: Subject): void {
  describeClaims(subject, ['v1'], 'v1: documents', () => describeDocuments(subject));
  describeClaims(subject, ['v1'], 'v1: queries', () => describeQueries(subject));
  describeClaims(subject, ['v1'], 'v1: writes', () => describeWrites(subject));
}
