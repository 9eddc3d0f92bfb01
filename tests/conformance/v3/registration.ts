/** v3 registrations: three hives of package metadata. */
import { expect, it } from '@jest/globals';

import { APP, CORE, CORE_ALL, CORE_OLD, HARD_TEXT, MANY } from '../support/fixture.ts';
import { HIVES } from '../support/hives.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

interface CatalogEntry {
  readonly id: string;
  readonly version: string;
  readonly listed?: boolean;
  readonly published: string;
  readonly description?: string;
  readonly dependencyGroups?: readonly {
    readonly targetFramework?: string;
    readonly dependencies?: readonly { readonly id: string; readonly range: string }[];
  }[];
}
interface Leaf {
  readonly '@id': string;
  readonly catalogEntry: CatalogEntry;
  readonly packageContent: string;
}
interface Page {
  readonly '@id': string;
  readonly count: number;
  readonly lower: string;
  readonly upper: string;
  readonly items?: readonly Leaf[];
}
interface RegistrationIndex {
  readonly count: number;
  readonly items: readonly Page[];
}

const normalized = (version: string): string => version.split('+')[0] ?? '';

export function describeRegistration(subject: Subject): void {
  for (const hive of HIVES) describeHive(subject, hive);
}

function describeHive(subject: Subject, { type, isOld, isZipped }: (typeof HIVES)[number]): void {
  const { server, index, fixture } = subject;
  const read = (id: string): Promise<RegistrationIndex> =>
    server.json<RegistrationIndex>(`${index.url(type)}/${id.toLowerCase()}/index.json`, { 'accept-encoding': 'gzip' });
  const pagesOf = async (id: string): Promise<readonly Required<Page>[]> =>
    Promise.all(
      (await read(id)).items.map(async (page) =>
        page.items === undefined
          ? server.json<Required<Page>>(page['@id'], { 'accept-encoding': 'gzip' })
          : (page as Required<Page>),
      ),
    );
  const leavesOf = async (id: string): Promise<readonly Leaf[]> => (await pagesOf(id)).flatMap(({ items }) => items);

  describeClaims(subject, ['v3', type], `v3: ${type}`, () => {
    it(isOld ? 'leaves SemVer 2.0.0 versions out' : 'has SemVer 2.0.0 versions', async () => {
      const expected = (isOld ? CORE_OLD : CORE_ALL).filter((version) => fixture.unlists || version !== CORE.unlisted);
      const versions = (await leavesOf(fixture.core)).map(({ catalogEntry }) => normalized(catalogEntry.version));
      expect([...versions].sort()).toEqual(expected.map(normalized).sort());
    });

    it('has pages with normalized bounds and their count, ascending', async () => {
      const { count, items } = await read(fixture.many);
      expect(count).toBe(items.length);
      const newest = isOld ? '1.129.0' : MANY.semver2;
      expect([items[0]?.lower, items.at(-1)?.upper]).toEqual(['1.0.0', newest]);
      expect(items.reduce((sum, page) => sum + page.count, 0)).toBe(isOld ? 130 : 131);
    });

    it('leads to every version of an id with more than 128', async () => {
      const pages = await pagesOf(fixture.many);
      const versions = pages.flatMap(({ items }) => items).map(({ catalogEntry }) => catalogEntry.version);
      expect(versions).toEqual(isOld ? MANY.stable : [...MANY.stable, MANY.semver2]);
      for (const { items, lower, upper, count } of pages) {
        expect(items).toHaveLength(count);
        expect([items[0]?.catalogEntry.version, items.at(-1)?.catalogEntry.version]).toEqual([lower, upper]);
      }
    });

    it('has leaves with a description, dependency groups with valid ranges, and the file', async () => {
      const [leaf] = await leavesOf(fixture.app);
      const entry = leaf?.catalogEntry;
      expect(entry).toMatchObject({ id: fixture.app, version: APP.version, description: HARD_TEXT });
      const groups = entry?.dependencyGroups?.map(({ targetFramework, dependencies = [] }) => ({
        targetFramework,
        dependencies: dependencies.map(({ id, range }) => `${id} ${range.replace(', ', ',')}`),
      }));
      expect(groups?.map(({ dependencies }) => dependencies)).toEqual([
        [`${fixture.core} [1.9.0,2.0.0)`],
        [`${fixture.core} [1.0.0,)`, `${fixture.tool} (,)`],
        [],
      ]);
      const { status } = await server.send(leaf?.packageContent ?? '');
      expect(status).toBe(200);
    });

    it('has leaves of their own at their @id', async () => {
      const [leaf] = await leavesOf(fixture.app);
      const own = await server.json<{ readonly packageContent: string; readonly registration: string }>(
        leaf?.['@id'] ?? '',
      );
      expect(own.packageContent).toBe(leaf?.packageContent);
      expect(own.registration).toBe(`${index.url(type)}/${fixture.app.toLowerCase()}/index.json`);
    });

    it('says 404 for an unknown id, and for one without a version that the client can read', async () => {
      expect(await server.send(`${index.url(type)}/${fixture.tag.toLowerCase()}.nothing/index.json`)).toMatchObject({
        status: 404,
      });
    });

    it(isZipped ? 'says that it is zipped when it is' : 'is not zipped unasked', async () => {
      const url = `${index.url(type)}/${fixture.app.toLowerCase()}/index.json`;
      const plain = await server.send(url, { headers: { 'accept-encoding': 'identity' } });
      const zipped = await server.send(url, { headers: { 'accept-encoding': 'gzip' } });
      const isGzip = (body: Buffer): boolean => body.readUInt16BE(0) === 0x1f8b;
      for (const { headers, body } of [plain, zipped]) {
        expect(headers['content-encoding'] === 'gzip').toBe(isGzip(body));
      }
      expect(JSON.parse(zipped.text)).toEqual(JSON.parse(plain.text));
      const unasked = await server.send(url);
      if (!isZipped) expect(isGzip(unasked.body)).toBe(false);
      expect(JSON.parse(unasked.text)).toEqual(JSON.parse(plain.text));
    });
  });

  describeClaims(subject, ['v3', type, 'unlisting'], `v3: ${type}, an unlisted version`, () => {
    it('stays, marked by listed and by its date of publication', async () => {
      const leaves = await leavesOf(fixture.core);
      const marked = leaves.filter(({ catalogEntry }) => catalogEntry.listed === false);
      expect(marked.map(({ catalogEntry }) => catalogEntry.version)).toEqual([CORE.unlisted]);
      expect(marked[0]?.catalogEntry.published).toMatch(/^1900-/);
    });
  });
}
