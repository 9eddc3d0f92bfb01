/** What servers get wrong about documents: pages, links, numbers, characters, encodings. */
import { expect, it } from '@jest/globals';

import { buildPackage, buildZip, buildNuspec } from '../../src/support/package-builder.ts';
import { APP, MANY, newTag } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const INT32_MAX = 2_147_483_647;

interface Pages {
  readonly items: readonly { readonly '@id': string; readonly count: number; readonly items?: readonly unknown[] }[];
}

function describePages({ server, fixture, index }: Subject): void {
  const { many } = fixture;
  const path = `/FindPackagesById()?id='${many}'&semVerLevel=2.0.0`;

  it('03: a next link keeps scheme, host, root and semVerLevel', async () => {
    const { next = '' } = await server.v2Feed(path);
    expect(next.startsWith(`${server.addresses.v2}/`)).toBe(true);
    expect(next.toLowerCase()).toContain('semverlevel=2.0.0');
  });

  it('04: next links advance to an end, and $top is obeyed', async () => {
    const pages = await server.v2Pages(path);
    expect(pages.at(-1)?.next).toBeUndefined();
    expect(pages.flatMap(({ versions }) => versions)).toHaveLength(MANY.stable.length + 1);
    expect((await server.v2Feed(`${path}&$top=2`)).entries).toHaveLength(2);
  });

  it('05: a page holds a hundred entries, because some clients step by that', async () => {
    expect((await server.v2Feed(path)).entries).toHaveLength(100);
    expect((await server.v2Feed(`${path}&$skip=100`)).entries).toHaveLength(31);
  });

  it('17: a registration of more than 128 versions is paged, and whole', async () => {
    const base = index.url('RegistrationsBaseUrl/Versioned');
    const { items } = await server.json<Pages>(`${base}/${many.toLowerCase()}/index.json`);
    let leaves = 0;
    for (const page of items) {
      leaves += (page.items ?? (await server.json<{ readonly items: readonly unknown[] }>(page['@id'])).items).length;
    }
    expect(leaves).toBe(131);
  });

  it('18: a zipped hive says so', async () => {
    for (const type of ['RegistrationsBaseUrl/3.4.0', 'RegistrationsBaseUrl/3.6.0']) {
      const { headers, body } = await server.send(`${index.url(type)}/${many.toLowerCase()}/index.json`);
      expect(headers['content-encoding'] === 'gzip').toBe(body.readUInt16BE(0) === 0x1f8b);
    }
  });
}

function describeContents({ server, fixture, index }: Subject): void {
  const { app, tag } = fixture;

  it('06: download counts fit 32 bits, whatever was downloaded', async () => {
    const { properties } = await server.v2Entry({ id: app, version: APP.version });
    for (const name of ['DownloadCount', 'VersionDownloadCount']) {
      const count = Number(properties.get(name));
      expect(Number.isInteger(count) && count >= 0 && count <= INT32_MAX).toBe(true);
    }
    const { text } = await server.v2('/$metadata');
    expect(text).toMatch(/Name="DownloadCount" Type="Edm\.Int32"/);
  });

  it('08: XML has the usual prefixes and no comments', async () => {
    const { text } = await server.v2(`/Search()?searchTerm='${tag}'&$inlinecount=allpages`);
    for (const mark of ['<m:count>', '<m:properties>', '<d:Id>', '<d:Version>']) expect(text).toContain(mark);
    expect(text).not.toContain('<!--');
  });

  it.each([
    ['a control character', '&#1;'],
    ['a control character as it is', '\u0001'],
    ['half of a surrogate pair', '&#xD800;'],
    ['what is no character', '&#xFFFE;'],
  ])('09: documents stay well-formed after a push with %s in a text', async (_what, text) => {
    const id = `${newTag()}.Strange`;
    const { status } = await server.push(buildPackage({ id, description: `before ${text} after` }));
    expect([200, 201, 202, 400]).toContain(status);
    const feed = await server.v2Feed(`/FindPackagesById()?id='${id}'`);
    expect(feed.entries).toHaveLength(status === 400 ? 0 : 1);
    await server.json(`${index.url('SearchQueryService')}?q=${id}`);
  });

  it('09: documents have one XML declaration at most', async () => {
    for (const path of ['', '/$metadata', `/FindPackagesById()?id='${app}'`]) {
      expect((await server.v2(path)).text.split('<?xml').length).toBeLessThanOrEqual(2);
    }
  });

  it('24: a package with a path that leads out of it, or that is no path, is refused', async () => {
    for (const name of [
      '../outside.dll',
      'lib/../../outside.dll',
      '/rooted.dll',
      'lib//double.dll',
      'lib\\..\\..\\x.dll',
    ]) {
      const id = `${newTag()}.Path`;
      const { status } = await server.push(buildPackage({ id, files: { [name]: 'x' } }));
      expect({ name, status }).toEqual({ name, status: 400 });
    }
  });

  it('24: a package that claims less than it unpacks to is refused', async () => {
    const id = `${newTag()}.Bomb`;
    const nuspec = buildNuspec({ id, description: 'x'.repeat(100_000) });
    const zip = buildZip([{ name: `${id}.nuspec`, content: nuspec, uncompressedBytes: 10 }]);
    expect(await server.push(zip)).toMatchObject({ status: 400 });
  });

  it('24: a package whose entries come from the future is refused', async () => {
    const id = `${newTag()}.Future`;
    const zip = buildZip([
      { name: `${id}.nuspec`, content: buildNuspec({ id }) },
      { name: 'lib/net45/x.dll', content: 'x', year: 2099 },
    ]);
    expect(await server.push(zip)).toMatchObject({ status: 400 });
  });
}

export function describeDocumentEdges(subject: Subject): void {
  describeClaims(subject, ['v2', 'v3'], 'edge cases of documents', () => {
    describePages(subject);
    describeContents(subject);
  });
  const { server, index } = subject;
  const type = 'VulnerabilityInfo/6.7.0';
  describeClaims(subject, ['v3', type], 'edge cases of vulnerability information', () => {
    it('25: there is at least one page, and a page is an object with at least one package', async () => {
      const pages = await server.json<readonly { readonly '@name': string; readonly '@id': string }[]>(index.url(type));
      expect(pages.length).toBeGreaterThanOrEqual(1);
      expect(pages.length).toBeLessThanOrEqual(16);
      for (const page of pages) {
        expect(page['@name'].length).toBeLessThanOrEqual(32);
        const known = await server.json<Readonly<Record<string, unknown>>>(page['@id']);
        expect(Array.isArray(known)).toBe(false);
        expect(Object.keys(known).length).toBeGreaterThanOrEqual(1);
        expect(Object.keys(known).filter((id) => id !== id.toLowerCase())).toEqual([]);
      }
    });
  });
}
