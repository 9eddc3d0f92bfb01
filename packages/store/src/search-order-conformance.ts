/** What searches for fields find, in which order, and how ids are completed. */
import { describe, expect, it } from '@jest/globals';
import { OWNER, publish } from './store-under-test.ts';
import type { CurrentStore } from './store-under-test.ts';
import { everything, sampleVersion } from './sample-packages.ts';
import { idsFor, push } from './search-conformance.ts';

export function describeSearchOrder(current: CurrentStore): void {
  describeFields(current);
  describeRelevance(current);
  describeCompletion(current);
  describePrefixes(current);
}

function describeFields(current: CurrentStore): void {
  describe('a search for a field', () => {
    it('finds what has the words there, and nothing that has them elsewhere', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Field.Id', version: '1.0.0' },
        { id: 'Aaa', version: '1.0.0', title: 'The field' },
        { id: 'Bbb', version: '1.0.0', tags: ['Field'] },
        { id: 'Ccc', version: '1.0.0', authors: 'Ann Field' },
        { id: 'Ddd', version: '1.0.0', description: 'A field.' },
        { id: 'Eee', version: '1.0.0', summary: 'Field' },
        { id: 'Fff', version: '1.0.0', owners: 'Acme, Field Corp.' },
      );
      const found: Record<string, string> = {};
      for (const field of ['id', 'title', 'tag', 'tags', 'author', 'authors', 'description', 'summary']) {
        found[field] = (await idsFor(store, `${field}:FIELD`)).join(' ');
      }
      const [tags, authors] = ['Bbb', 'Ccc'];
      const texts = { title: 'Aaa', description: 'Ddd', summary: 'Eee' };
      expect(found).toEqual({ id: 'Field.Id', tag: tags, tags, author: authors, authors, ...texts });
      expect(await idsFor(store, 'owner:"field corp"')).toEqual(['Fff']);
      expect(await idsFor(store, 'owners:acme')).toEqual(['Fff']);
      expect(await idsFor(store, 'owner:field')).toEqual([]);
      expect(await idsFor(store, 'field')).toHaveLength(7);
    });

    it('asks for all that is said, also of one field', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Acme.Orm', version: '1.0.0', tags: ['PSModule', 'orm'], authors: 'Jane Doe' },
        { id: 'Acme.Web', version: '1.0.0', tags: ['PSModule', 'web'], authors: 'Doe Jane' },
        { id: 'Other', version: '1.0.0', tags: ['PSModuleX'] },
      );
      expect((await idsFor(store, 'tag:PSModule')).toSorted()).toEqual(['Acme.Orm', 'Acme.Web']);
      expect(await idsFor(store, 'tag:PSModule tag:web')).toEqual(['Acme.Web']);
      expect(await idsFor(store, 'tags:"orm psmodule"')).toEqual(['Acme.Orm']);
      expect(await idsFor(store, 'id:acme tags:web')).toEqual(['Acme.Web']);
      expect(await idsFor(store, 'acm author:"jane doe"')).toEqual([]);
      expect(await idsFor(store, 'acme author:"jane doe"')).toEqual(['Acme.Orm']);
      expect(await idsFor(store, 'tag:orm tag:web')).toEqual([]);
      expect(await idsFor(store, 'unknown:acme')).toEqual([]);
    });

    it('knows whole ids and versions, of which several are alternatives', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Acme', version: '1.0.0' },
        { id: 'Acme', version: '2.0.0-beta.1' },
        { id: 'Acme.Core', version: '1.0.0', tags: ['x'] },
        { id: 'Unlisted', version: '1.0.0' },
      );
      await store.setListed('f', 'Unlisted', '1.0.0', false);
      expect(await idsFor(store, 'packageid:acme')).toEqual(['Acme']);
      expect(await idsFor(store, 'PackageId:ACME packageid:"acme.core" packageid:Unlisted')).toEqual([
        'Acme',
        'Acme.Core',
      ]);
      expect(await idsFor(store, 'packageid:acme packageid:acme.core tags:x')).toEqual(['Acme.Core']);
      const stable = { includePrerelease: false };
      expect(await idsFor(store, { ...stable, text: 'version:1.0' })).toEqual(['Acme', 'Acme.Core']);
      expect(await idsFor(store, 'version:1.0')).toEqual(['Acme.Core']);
      expect(await idsFor(store, 'version:2.0.0-BETA.1 version:1.0.0 id:acme')).toEqual(['Acme', 'Acme.Core']);
      expect(await idsFor(store, 'version:2.0.0-beta')).toEqual([]);
    });

    it('finds words in quotes side by side', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'A', version: '1.0.0', description: 'A fast parser of JSON.' },
        { id: 'B', version: '1.0.0', description: 'A parser that is fast.' },
      );
      expect(await idsFor(store, '"fast parser"')).toEqual(['A']);
      expect((await idsFor(store, 'fast parser')).toSorted()).toEqual(['A', 'B']);
    });
  });
}

function describeRelevance(current: CurrentStore): void {
  describe('search relevance', () => {
    it('puts the id before its beginnings, its parts, tags and the rest of the texts', async () => {
      const { store } = current();
      const best = ['Json', 'JsonKit', 'Acme.Json', 'Acme.Jsonic', 'Tagged', 'Described'];
      const metadata: Record<string, object> = {
        Tagged: { tags: ['json'] },
        Described: { description: 'json '.repeat(9) },
      };
      await push(store, ...best.toReversed().map((id) => ({ id, version: '1.0.0', ...metadata[id] })));
      expect(await idsFor(store, 'json')).toEqual(best);
    });

    it.each([
      [
        'Newtonsoft.Json',
        ['newtonsoftjson', 'newtonsoft.json', 'Newtonsoft Json', 'NEWTONSOFT-JSON', 'json newtonsoft'],
      ],
      ['Microsoft.EntityFrameworkCore', ['entityframeworkcore', 'EFCore', 'efc', 'entity framework', 'framework.core']],
      ['Entity.Framework.Core', ['frameworkcore', 'entityframework']],
    ])('finds %s however its words are joined', async (id, texts) => {
      const { store } = current();
      await push(store, { id: 'Elsewhere', version: '1.0.0' }, { id, version: '1.0.0' });
      for (const text of texts) expect(await idsFor(store, text)).toEqual([id]);
    });

    it('finds words in scripts without blanks', async () => {
      const { store } = current();
      const description = '\u9ad8\u901f\u306a\u65e5\u672c\u8a9e\u89e3\u6790';
      await push(store, { id: 'Ja', version: '1.0.0', description }, { id: 'En', version: '1.0.0' });
      for (const text of ['\u65e5\u672c\u8a9e', '\u672c\u8a9e', '\u89e3\u6790', '\u9ad8', 'description:\u65e5\u672c']) {
        expect(await idsFor(store, text)).toEqual(['Ja']);
      }
      expect(await idsFor(store, '\u672c\u65e5')).toEqual([]);
    });

    it('is not changed, and neither is a total, by what other feeds have', async () => {
      const { store } = current();
      await push(store, { id: 'Acme.Json', version: '1.0.0', owners: 'acme' });
      const ask = async (): Promise<unknown> => {
        const texts = ['', 'json', 'owner:acme', 'version:1.0.0', 'packageid:acme.json', '"acme json"', 'secret'];
        const packageType = 'Dependency';
        return Promise.all([
          ...texts.map((text) => store.search('f', { ...everything, text })),
          store.search('f', { ...everything, packageType }),
          store.completeIds('f', { ...everything, text: 'json' }),
        ]).then((pages) => pages.map((page) => page.total));
      };
      const before = await ask();
      for (const id of ['Acme.Json', 'Json', 'Secret']) {
        await publish(store, 'g', sampleVersion({ id, version: '1.0.0', owners: 'acme' }), OWNER);
      }
      expect(await ask()).toEqual(before);
      expect(before).toEqual([1, 1, 1, 1, 1, 1, 0, 1, 1]);
    });

    it('counts with the feed, also when versions are hidden and shown again', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'A', version: '1.0.0' },
        { id: 'A', version: '2.0.0-rc' },
        { id: 'B', version: '1.0.0+m' },
      );
      const totals = async (): Promise<readonly number[]> => {
        const pages = [false, true].flatMap((includePrerelease) =>
          [false, true].map((includeSemVer2) =>
            store.search('f', { ...everything, includePrerelease, includeSemVer2 }),
          ),
        );
        return (await Promise.all(pages)).map(({ total, hits }) => (total === hits.length ? total : -1));
      };
      expect(await totals()).toEqual([1, 2, 1, 2]);
      await store.setListed('f', 'A', '1.0.0', false);
      expect(await totals()).toEqual([0, 1, 1, 2]);
      expect(await idsFor(store, { text: 'a', includePrerelease: false })).toEqual([]);
      await store.setListed('f', 'A', '1.0.0', true);
      await store.deleteVersion('f', 'B', '1.0.0', () => undefined);
      expect(await totals()).toEqual([1, 1, 1, 1]);
      await store.deleteFeed('f', () => undefined);
      expect(await totals()).toEqual([0, 0, 0, 0]);
    });
  });
}

function describeCompletion(current: CurrentStore): void {
  describe('completion of ids', () => {
    it('finds ids by the beginning of a part, best first, by pages', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Newtonsoft.Json', version: '1.0.0' },
        { id: 'Jsonic', version: '1.0.0' },
        { id: 'Json', version: '1.0.0-beta' },
        { id: 'Other', version: '1.0.0', tags: ['json'], description: 'json' },
      );
      const complete = (text: string, rest: object = {}): Promise<unknown> =>
        store.completeIds('f', { ...everything, text, ...rest });
      expect(await complete('JSON')).toEqual({ total: 3, ids: ['Json', 'Jsonic', 'Newtonsoft.Json'] });
      expect(await complete('json', { skip: 1, take: 1 })).toEqual({ total: 3, ids: ['Jsonic'] });
      expect(await complete('json', { includePrerelease: false })).toMatchObject({ total: 2 });
      expect(await complete('newtonsoft.j')).toEqual({ total: 1, ids: ['Newtonsoft.Json'] });
      expect(await complete('tags:json')).toEqual({ total: 0, ids: [] });
      expect(await complete('')).toMatchObject({ total: 4 });
      expect(await complete('%')).toEqual({ total: 0, ids: [] });
    });
  });
}

function describePrefixes(current: CurrentStore): void {
  describe('ids that start with a prefix', () => {
    it('are found without case and in order, by pages', async () => {
      const { store } = current();
      await push(
        store,
        { id: 'Acme.B', version: '1.0.0' },
        { id: 'acme.A', version: '1.0.0' },
        { id: 'Acme.C', version: '1.0.0-beta' },
        { id: 'Acne', version: '1.0.0' },
        { id: 'Acme_', version: '1.0.0' },
      );
      const ask = (prefix: string, rest: object = {}): Promise<unknown> =>
        store.idsStartingWith('f', prefix, { ...everything, ...rest });
      expect(await ask('ACME.')).toEqual({ total: 3, ids: ['acme.A', 'Acme.B', 'Acme.C'] });
      expect(await ask('acme.', { includePrerelease: false })).toEqual({ total: 2, ids: ['acme.A', 'Acme.B'] });
      expect(await ask('acme', { skip: 1, take: 2 })).toEqual({ total: 4, ids: ['Acme.B', 'Acme.C'] });
      expect(await ask('')).toMatchObject({ total: 5 });
      expect(await ask('%')).toEqual({ total: 0, ids: [] });
    });
  });
}
