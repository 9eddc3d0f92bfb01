/** What a user finds, and in which order. */
import { describe, expect, it } from '@jest/globals';
import { OWNER, publish } from './store-under-test.ts';
import type { CurrentStore } from './store-under-test.ts';
import type { MetadataStore } from './metadata-store.ts';
import type { SearchQuery } from './package-search.ts';
import { everything, sampleVersion } from './sample-packages.ts';
import type { SampleMetadata } from './sample-packages.ts';

export async function push(store: MetadataStore, ...packages: readonly SampleMetadata[]): Promise<void> {
  for (const metadata of packages) {
    await publish(store, 'f', sampleVersion(metadata), OWNER);
  }
}

export async function idsFor(store: MetadataStore, query: string | Partial<SearchQuery>): Promise<readonly string[]> {
  const given = typeof query === 'string' ? { text: query } : query;
  const page = await store.search('f', { ...everything, ...given });
  return page.hits.map((hit) => hit.id);
}

export function describeSearch(current: CurrentStore): void {
  describeWords(current);
  describeForeignText(current);
  describeFilters(current);
  describeOrder(current);
}

function describeWords(current: CurrentStore): void {
  describe('search', () => {
    it('finds by the beginning of a word of id, title and tags, and by whole words of all texts', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Acme.Logging', version: '1.0.0', title: 'Structured events', tags: ['diagnostics'] },
        { id: 'Other', version: '1.0.0', description: 'Talks to a queue', authors: 'Jane Doe' },
      );
      for (const text of ['acme', 'LOGG', 'acme.log', 'struct', 'diagn', 'acme diag']) {
        expect(await idsFor(store, text)).toEqual(['Acme.Logging']);
      }
      for (const text of ['queue', 'jane', 'doe talks']) {
        expect(await idsFor(store, text)).toEqual(['Other']);
      }
      for (const text of ['ogging', 'que', 'acme queue']) {
        expect(await idsFor(store, text)).toEqual([]);
      }
    });

    it('finds by a camel-case part, a number and a segment of the id', async () => {
      const { store } = current();
      await push(store, { id: 'NewtonsoftJson.BsonHTTPClient2Go', version: '1.0.0' });
      for (const text of [
        'json',
        'bson',
        'http',
        'client',
        '2',
        'newtonsoftjson',
        'client2',
        'httpclient',
        'newtonsoft.json',
      ]) {
        expect(await idsFor(store, text)).toEqual(['NewtonsoftJson.BsonHTTPClient2Go']);
      }
    });

    it('knows the words of the newest version alone', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'A', version: '1.0.0', description: 'old words' },
        { id: 'A', version: '2.0.0', description: 'new words' },
        { id: 'A', version: '0.5.0', description: 'ancient words' },
      );
      expect(await idsFor(store, 'old')).toEqual([]);
      expect(await idsFor(store, 'ancient')).toEqual([]);
      expect(await idsFor(store, 'new')).toEqual(['A']);
      await store.deleteVersion('f', 'A', '2.0.0', () => undefined);
      expect(await idsFor(store, 'new')).toEqual([]);
      expect(await idsFor(store, 'old')).toEqual(['A']);
    });

    it('keeps feeds apart', async () => {
      const { store } = current();
      await publish(store, 'g', sampleVersion({ id: 'Elsewhere', version: '1.0.0' }), OWNER);
      await push(store, { id: 'Here', version: '1.0.0' });
      expect(await idsFor(store, 'elsewhere')).toEqual([]);
      expect(await idsFor(store, '')).toEqual(['Here']);
      expect((await store.search('nowhere', everything)).total).toBe(0);
    });
  });
}

function describeForeignText(current: CurrentStore): void {
  describe('search text', () => {
    it('is data, whatever operators and quotes it holds', async () => {
      const { store } = current();
      await push(store, { id: 'Acme.And', version: '1.0.0', description: 'salt or near pepper' });
      for (const text of [
        '"acme"',
        "acme'",
        'acme*',
        '(acme',
        'acme AND',
        'salt OR',
        'NEAR(acme)',
        'acme:',
        '^acme',
        '-acme',
        'acme\u0000',
      ]) {
        expect(await idsFor(store, text)).toEqual(['Acme.And']);
      }
      for (const text of [
        'acme NOT pepper',
        'missing OR acme',
        'id:missing',
        '"missing" OR "acme"',
        '***',
        '"',
        "'; DROP TABLE feed; --",
      ]) {
        expect(await idsFor(store, text)).toEqual([]);
      }
    });

    it('is compared without diacritics, in any script', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Cafe', version: '1.0.0', description: 'Caf\u00e9 fran\u00e7ais' },
        { id: 'Cyrillic', version: '1.0.0', description: '\u041f\u0440\u0438\u0432\u0435\u0442' },
        { id: 'Kanji', version: '1.0.0', description: '\u65e5\u672c\u8a9e' },
      );
      expect(await idsFor(store, 'FRANCAIS')).toEqual(['Cafe']);
      expect(await idsFor(store, '\u041f\u0420\u0418\u0412\u0415\u0422')).toEqual(['Cyrillic']);
      expect(await idsFor(store, '\u65e5\u672c')).toEqual(['Kanji']);
    });

    it('may be of any length', async () => {
      const { store } = current();
      await push(store, { id: 'Acme', version: '1.0.0' });
      expect(await idsFor(store, 'acme '.repeat(10_000))).toEqual(['Acme']);
      expect(await idsFor(store, 'x'.repeat(100_000))).toEqual([]);
    });
  });
}

function describeFilters(current: CurrentStore): void {
  describe('search filters', () => {
    it('hide pre-releases, SemVer 2 and unlisted versions', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Mixed', version: '1.0.0' },
        { id: 'Mixed', version: '2.0.0-beta' },
        { id: 'Mixed', version: '3.0.0+meta' },
        { id: 'Mixed', version: '0.1.0' },
        { id: 'OnlyBeta', version: '1.0.0-beta' },
        { id: 'OnlySemVer2', version: '1.0.0+meta' },
        { id: 'Unlisted', version: '1.0.0' },
      );
      await store.setListed('f', 'Unlisted', '1.0.0', false);
      await store.setListed('f', 'Mixed', '0.1.0', false);
      const found = async (includePrerelease: boolean, includeSemVer2: boolean): Promise<unknown> => {
        const page = await store.search('f', { ...everything, includePrerelease, includeSemVer2 });
        return [page.total, ...page.hits.map((hit) => [hit.id, ...hit.versions.map((version) => version.version)])];
      };
      expect(await found(false, false)).toEqual([1, ['Mixed', '1.0.0']]);
      expect(await found(true, false)).toEqual([2, ['Mixed', '1.0.0', '2.0.0-beta'], ['OnlyBeta', '1.0.0-beta']]);
      expect(await found(false, true)).toEqual([2, ['Mixed', '1.0.0', '3.0.0+meta'], ['OnlySemVer2', '1.0.0+meta']]);
      expect((await store.search('f', everything)).total).toBe(3);
    });

    it('match the package type of the newest version, and take none for a dependency', async () => {
      const { store } = current();
      const tool = { name: 'DotnetTool', version: null };
      await push(
        store,
        { id: 'Lib', version: '1.0.0' },
        { id: 'Tool', version: '1.0.0', packageTypes: [{ name: 'Dependency', version: null }, tool] },
        { id: 'WasTool', version: '1.0.0', packageTypes: [tool] },
        { id: 'WasTool', version: '2.0.0' },
      );
      expect(await idsFor(store, { packageType: 'dotnettool' })).toEqual(['Tool']);
      expect(await idsFor(store, { packageType: 'DotnetTool', text: 'tool' })).toEqual(['Tool']);
      expect(await idsFor(store, { packageType: 'Dependency' })).toEqual(['Lib', 'Tool', 'WasTool']);
      expect(await idsFor(store, { packageType: 'Dotnet' })).toEqual([]);
    });

    it('come with versions and their fragments', async () => {
      const { store } = current();
      await push(store, { id: 'A', version: '1.0.0', title: 'first' });
      const [hit] = (await store.search('f', { ...everything, text: 'a' }, { fragment: 'v3-leaf' })).hits;
      expect(hit?.newest).toMatchObject({ fragment: '{"name":"A/1.0.0"}', fragmentFormat: 4, isLatest: true });
      expect(hit?.newest.metadata.title).toBe('first');
    });
  });
}

function describeOrder(current: CurrentStore): void {
  describe('search order', () => {
    it('puts the exact id first, then ids that begin with the text', async () => {
      const { store } = current();
      const noise = 'json '.repeat(30);
      await push(
        store,
        { id: 'Aaa', version: '1.0.0', description: noise, title: noise },
        { id: 'Json.Extras', version: '1.0.0' },
        { id: 'My.Json', version: '1.0.0' },
        { id: 'Json', version: '1.0.0' },
      );
      expect((await idsFor(store, 'JSON')).slice(0, 2)).toEqual(['Json', 'Json.Extras']);
    });

    it('is that of ids when there is no text, and pages add up to the whole', async () => {
      const { store } = current();
      const ids = Array.from({ length: 23 }, (_, index) => `Pack${String(index).padStart(2, '0')}`);
      await push(store, ...ids.toReversed().map((id) => ({ id, version: '1.0.0' })));
      for (const text of ['', 'pack']) {
        const seen: string[] = [];
        for (let skip = 0; skip < 25; skip += 5) {
          const page = await store.search('f', { ...everything, text, skip, take: 5 });
          expect(page.total).toBe(23);
          seen.push(...page.hits.map((hit) => hit.id));
        }
        expect(seen.toSorted()).toEqual(ids);
        expect(text === '' ? seen : ids).toEqual(ids);
      }
      expect(await store.search('f', { ...everything, take: 0 })).toEqual({ total: 23, hits: [] });
      await expect(store.search('f', { ...everything, take: 1001 })).rejects.toMatchObject({
        code: 'FF_INVALID_ARGUMENT',
      });
    });
  });
}
