/** The v3 catalog: what happened, in order, for those who follow. */
import { expect, it } from '@jest/globals';

import { newTag } from '../support/fixture.ts';
import type { PackageName, Server } from '../support/server.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

export const CATALOG = 'Catalog/3.0.0';

interface Commit {
  readonly '@id': string;
  readonly commitId: string;
  readonly commitTimeStamp: string;
}
interface CatalogIndex extends Commit {
  readonly count: number;
  readonly items: readonly (Commit & { readonly count: number })[];
}
interface Item extends Commit {
  readonly '@type': string;
  readonly 'nuget:id': string;
  readonly 'nuget:version': string;
}
interface CatalogPage extends Commit {
  readonly count: number;
  readonly parent: string;
  readonly items: readonly Item[];
}

/** As texts they need not have the same length: seconds, then what is left of them. */
function instantOf(timestamp: string): bigint {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(timestamp) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function ascending(commits: readonly Commit[]): boolean {
  return commits.every((commit, index) => {
    const former = commits[index - 1];
    if (former === undefined || former.commitId === commit.commitId) return true;
    return instantOf(former.commitTimeStamp) < instantOf(commit.commitTimeStamp);
  });
}

async function readCatalog(
  server: Server,
  url: string,
): Promise<{ readonly index: CatalogIndex; readonly pages: CatalogPage[] }> {
  const index = await server.json<CatalogIndex>(url);
  const pages: CatalogPage[] = [];
  for (const page of index.items) pages.push(await server.json<CatalogPage>(page['@id']));
  return { index, pages };
}

/** What the catalog tells about an id, oldest first. */
export async function catalogItems({ server, index }: Subject, id: string): Promise<readonly Item[]> {
  const { pages } = await readCatalog(server, index.url(CATALOG));
  return pages.flatMap(({ items }) => items).filter((item) => item['nuget:id'] === id);
}

export function describeCatalog(subject: Subject): void {
  const { server, index: services } = subject;
  const read = () => readCatalog(server, services.url(CATALOG));
  const itemsOf = (id: string): Promise<readonly Item[]> => catalogItems(subject, id);

  describeClaims(subject, ['v3', CATALOG], 'v3: the catalog', () => {
    it('has pages that are counted, and lead back to it', async () => {
      const { index, pages } = await read();
      expect(index.count).toBe(index.items.length);
      expect(pages.map(({ items }) => items.length)).toEqual(index.items.map(({ count }) => count));
      expect(pages.filter((page) => page.count !== page.items.length)).toEqual([]);
      expect(new Set(pages.map(({ parent }) => parent))).toEqual(new Set([index['@id']]));
      expect(Math.max(...pages.map(({ count }) => count))).toBeLessThanOrEqual(550);
    });

    it('has timestamps that only ever grow, from commit to commit and from page to page', async () => {
      const { index, pages } = await read();
      const items = pages.flatMap((page) => page.items);
      expect(items.length).toBeGreaterThan(100);
      expect(ascending(items)).toBe(true);
      expect(ascending(index.items)).toBe(true);
      expect(items.at(-1)?.commitTimeStamp).toBe(index.commitTimeStamp);
    });

    it('tells of a push with details, and keeps what it told before', async () => {
      const { pages: before } = await read();
      const name = { id: `${newTag()}.Told`, version: '1.0.0+sum' };
      const content = await server.publish(name);
      const [item, ...more] = await itemsOf(name.id);
      expect(more).toEqual([]);
      expect(item).toMatchObject({ '@type': 'nuget:PackageDetails', 'nuget:version': '1.0.0+sum' });
      const leaf = await server.json<Readonly<Record<string, unknown>>>(item?.['@id'] ?? '');
      expect(leaf).toMatchObject({
        id: name.id,
        version: '1.0.0+sum',
        packageHashAlgorithm: 'SHA512',
        packageSize: content.length,
        'catalog:commitId': item?.commitId,
        'catalog:commitTimeStamp': item?.commitTimeStamp,
      });
      const { pages: after } = await read();
      const told = (pages: readonly CatalogPage[]) => pages.flatMap(({ items }) => items.map((each) => each['@id']));
      expect(told(after).slice(0, told(before).length)).toEqual(told(before));
    });
  });

  describeClaims(subject, ['v3', CATALOG, 'unlisting'], 'v3: the catalog, of unlisting', () => {
    it('tells that a version is unlisted, and listed again', async () => {
      const name: PackageName = { id: `${newTag()}.Hidden`, version: '1.0.0' };
      await server.publish(name);
      await server.remove(name);
      await server.relist(name);
      const leaves = await Promise.all(
        (await itemsOf(name.id)).map((item) =>
          server.json<{ readonly published: string; readonly listed?: boolean }>(item['@id']),
        ),
      );
      expect(leaves.map(({ published }) => published.startsWith('1900-'))).toEqual([false, true, false]);
    });
  });
}
