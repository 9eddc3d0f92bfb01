/** The v2 documents: service document, $metadata and entries. */
import { expect, it } from '@jest/globals';

import { APP, CORE, HARD_TEXT } from '../support/fixture.ts';
import { ATOM, DATA, METADATA, readFeed } from '../support/atom.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';
import { child, descendants, parseXml } from '../support/xml-document.ts';
import type { XmlElement } from '../support/xml-document.ts';

/** What old clients take for a feed; for anything else they list nothing, and say so to nobody. */
const FEED_TYPE = /^application\/(atom\+xml|xml)\b/;

function describeServiceDocument({ server }: Subject): void {
  it.each(['', '/'])('is the answer to the root %j, after redirects', async (slash) => {
    let answer = await server.v2(slash);
    for (let hops = 0; hops < 3 && answer.status >= 300 && answer.status < 400; hops += 1) {
      answer = await server.send(new URL(answer.headers.location ?? '', server.addresses.v2).href);
    }
    expect(answer.status).toBe(200);
    const service = parseXml(answer.text);
    expect(service).toMatchObject({ local: 'service', namespace: 'http://www.w3.org/2007/app' });
    expect(descendants(service, 'collection').map(({ attributes }) => attributes.get('href'))).toEqual(['Packages']);
    expect(service.attributes.get('xml:base')).toMatch(/^https?:/);
  });

  it('is served over HTTP/1.0', async () => {
    expect(await server.raw('', { version: '1.0' })).toMatchObject({ status: 200 });
  });
}

function describeMetadata({ server }: Subject): void {
  const metadata = async (): Promise<XmlElement> => parseXml((await server.v2('/$metadata')).text);
  const named = (element: XmlElement, local: string): readonly (string | undefined)[] =>
    descendants(element, local).map(({ attributes }) => attributes.get('Name'));

  it('is Edmx 1.0 for data services of version 2.0', async () => {
    const edmx = await metadata();
    expect(edmx).toMatchObject({ local: 'Edmx' });
    expect(edmx.attributes.get('Version')).toBe('1.0');
    expect(descendants(edmx, 'DataServices')[0]?.attributes.get('m:DataServiceVersion')).toBe('2.0');
  });

  it('has Packages as its first entity set', async () => {
    expect(named(await metadata(), 'EntitySet')[0]).toBe('Packages');
  });

  it('tells by its functions that searches need not be spelt out in filters', async () => {
    const functions = named(await metadata(), 'FunctionImport');
    expect(functions).toEqual(expect.arrayContaining(['Search', 'FindPackagesById', 'GetUpdates']));
  });

  it('describes a package with a stream, keyed by Id and Version, that has IsAbsoluteLatestVersion', async () => {
    const edmx = await metadata();
    const [type] = descendants(edmx, 'EntityType');
    expect(type?.attributes.get('m:HasStream')).toBe('true');
    expect(named(type ?? edmx, 'PropertyRef')).toEqual(['Id', 'Version']);
    expect(named(type ?? edmx, 'Property')).toEqual(
      expect.arrayContaining(['Id', 'Version', 'NormalizedVersion', 'IsLatestVersion', 'IsAbsoluteLatestVersion']),
    );
  });

  it('is served over HTTP/1.0, with a literal and an encoded dollar', async () => {
    expect(await server.raw('/$metadata', { version: '1.0' })).toMatchObject({ status: 200 });
    expect(await server.raw('/%24metadata')).toMatchObject({ status: 200 });
  });
}

const PROPERTIES: readonly string[] = (
  'Id Version NormalizedVersion Authors Copyright Created Dependencies Description DownloadCount GalleryDetailsUrl IconUrl ' +
  'IsLatestVersion IsAbsoluteLatestVersion IsPrerelease Language LastUpdated Published PackageHash PackageHashAlgorithm ' +
  'PackageSize ProjectUrl ReportAbuseUrl ReleaseNotes RequireLicenseAcceptance Summary Tags Title VersionDownloadCount ' +
  'MinClientVersion LastEdited LicenseUrl LicenseNames LicenseReportUrl'
).split(' ');

function describeEntryParts({ server, fixture: { app, core, tag } }: Subject): void {
  const appName = { id: app, version: APP.version };

  it('has the elements that clients of all ages read', async () => {
    const { element } = await server.v2Entry(appName);
    expect(element.namespace).toBe(ATOM);
    expect(child(element, 'id')?.text).toMatch(/^https?:/);
    expect(child(element, 'title')?.text).toBe(app);
    expect(child(element, 'updated')?.text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(child(element, 'category')?.attributes.get('term')).toMatch(/V2FeedPackage$/);
    expect(child(element, 'category')?.attributes.get('scheme')).toBe(`${DATA}/scheme`);
    expect(descendants(element, 'name').map(({ text }) => text)).toEqual([APP.authors]);
  });

  it('has every property of a package', async () => {
    const { properties } = await server.v2Entry(appName);
    expect(PROPERTIES.filter((name) => !properties.has(name))).toEqual([]);
  });

  it('shows what the author wrote', async () => {
    const { properties } = await server.v2Entry(appName);
    expect(Object.fromEntries(properties)).toMatchObject({
      Id: app,
      Version: APP.version,
      NormalizedVersion: APP.version,
      Title: APP.title,
      Summary: APP.summary,
      Description: HARD_TEXT,
      Authors: APP.authors,
      ProjectUrl: APP.projectUrl,
      IconUrl: APP.iconUrl,
      LicenseUrl: APP.licenseUrl,
      ReleaseNotes: APP.releaseNotes,
      Copyright: APP.copyright,
      IsPrerelease: 'false',
      IsLatestVersion: 'true',
      IsAbsoluteLatestVersion: 'true',
    });
    expect(properties.get('Tags')?.trim()).toBe(APP.tags.join(' '));
  });

  it('writes dependencies as id:range:framework, with short names and empty groups', async () => {
    const { properties } = await server.v2Entry(appName);
    const dependencies = properties.get('Dependencies')?.split('|') ?? [];
    expect(dependencies).toHaveLength(4);
    expect(dependencies[0]).toMatch(new RegExp(`^${core}:\\[1\\.9\\.0, ?2\\.0\\.0\\):net45$`));
    expect(dependencies[1]).toMatch(new RegExp(`^${core}:(1\\.0\\.0|\\[1\\.0\\.0, ?\\)):netstandard2\\.0$`));
    expect(dependencies[2]).toMatch(new RegExp(`^${tag}\\.Tool:(\\(, ?\\))?:netstandard2\\.0$`));
    expect(dependencies[3]).toBe('::net8.0');
  });

  it('has a date of publication by which old clients take it for listed', async () => {
    const listed = await server.v2Entry(appName);
    expect(Number(listed.properties.get('Published')?.slice(0, 4))).toBeGreaterThan(1901);
    expect(listed.properties.get('Listed') ?? 'true').toBe('true');
  });

  it('is found as the version was written and as it is normalized', async () => {
    const [, written] = CORE.semver2;
    for (const version of [encodeURIComponent(written), '2.0.0-rc.10']) {
      const { properties } = await server.v2Entry({ id: core, version });
      expect(properties.get('Version')).toBe(written);
      expect(properties.get('NormalizedVersion')).toBe('2.0.0-rc.10');
    }
  });
}

function describeEntryBytes({ server, fixture: { app, appBytes } }: Subject): void {
  const path = `/Packages(Id='${app}',Version='${APP.version}')`;

  it('names an absolute download address in a content element that has no end tag', async () => {
    const { text } = await server.v2(path);
    const content = /<content [^>]*>/.exec(text)?.[0] ?? '';
    expect(content).toMatch(/\/>$/);
    expect(content).toMatch(/type="(application\/zip|binary\/octet-stream)"/);
    expect(content).toMatch(/src="https?:/);
  });

  it('is downloaded from that address, byte for byte', async () => {
    const { download, properties } = await server.v2Entry({ id: app, version: APP.version });
    const { status, body } = await server.send(download);
    expect(status).toBe(200);
    expect(body.equals(appBytes)).toBe(true);
    expect(properties.get('PackageSize')).toBe(String(appBytes.length));
  });

  it('uses the prefixes d and m literally, for clients that look for them as text', async () => {
    const { text } = await server.v2(path);
    expect(text).toContain('<m:properties>');
    expect(text).toContain('<d:Id>');
    const { element } = await server.v2Entry({ id: app, version: APP.version });
    const [properties] = descendants(element, 'properties');
    expect(properties).toMatchObject({ name: 'm:properties', namespace: METADATA });
    expect(properties?.children.filter(({ name }) => !name.startsWith('d:'))).toEqual([]);
  });

  it('has nothing but elements among its properties, for clients that take every node for one', async () => {
    const { text } = await server.v2(path);
    expect(text).not.toContain('<!--');
    expect(/<m:properties>\s/.exec(text)).toBeNull();
    expect(/<\/d:\w+>\s+</.exec(text)).toBeNull();
  });

  it('has one XML declaration, or none', async () => {
    const { text } = await server.v2(path);
    expect(text.split('<?xml').length).toBeLessThanOrEqual(2);
    expect(text.indexOf('<?xml')).toBeLessThanOrEqual(0);
  });

  it('has the type that old clients ask for, like the feeds', async () => {
    for (const each of [path, `/FindPackagesById()?id='${app}'`, `/Search()?searchTerm='${app}'`]) {
      expect((await server.v2(each)).headers['content-type']).toMatch(FEED_TYPE);
    }
  });

  it('has links that start as the address that was asked', async () => {
    const root = `${server.addresses.v2}/`;
    const feed = readFeed(await server.v2(`/FindPackagesById()?id='${app}'`));
    expect(feed.entries[0]?.download.startsWith(root)).toBe(true);
    const ids = descendants(feed.element, 'id').map(({ text }) => text);
    expect(ids.filter((id) => !id.startsWith(root))).toEqual([]);
  });
}

export function describeV2Documents(subject: Subject): void {
  describeClaims(subject, ['v2'], 'v2: the service document', () => describeServiceDocument(subject));
  describeClaims(subject, ['v2'], 'v2: $metadata', () => describeMetadata(subject));
  describeClaims(subject, ['v2'], 'v2: an entry', () => {
    describeEntryParts(subject);
    describeEntryBytes(subject);
  });
}
