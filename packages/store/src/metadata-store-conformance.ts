/**
 * What every metadata store does, run over each implementation.
 *
 * @example
 * describeMetadataStore('SQLite', async () => ({ store, openAnother, dispose }));
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeIntents } from './intent-conformance.ts';
import { describeLatestFlags } from './latest-conformance.ts';
import { describeListing } from './list-conformance.ts';
import { everything, sampleVersion, sha512Of } from './sample-packages.ts';
import { describePolicies } from './policy-conformance.ts';
import { describeSearch } from './search-conformance.ts';
import { describeSearchOrder } from './search-order-conformance.ts';
import { OWNER, publish } from './store-under-test.ts';
import type { CurrentStore, MetadataStoreUnderTest } from './store-under-test.ts';

export function describeMetadataStore(name: string, open: () => Promise<MetadataStoreUnderTest>): void {
  describe(`the metadata store on ${name}`, () => {
    let opened: MetadataStoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const current: CurrentStore = () => opened;
    describeVersions(current);
    describeIdentity(current);
    describeChanges(current);
    describeRevisions(current);
    describeFeeds(current);
    describeLatestFlags(current);
    describeSearch(current);
    describeSearchOrder(current);
    describeListing(current);
    describeIntents(current);
    describePolicies(current);
  });
}

function describeVersions(current: CurrentStore): void {
  describe('versions', () => {
    it('come back with all that was pushed', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'Acme.Core', version: '1.0', title: 'Core', tags: ['a'] }, { sizeBytes: 77 });
      await expect(publish(store, 'f', added, OWNER)).resolves.toBe('added');
      const found = await store.version('f', 'Acme.Core', '1.0.0');
      expect(found).toMatchObject({
        id: 'Acme.Core',
        version: '1.0',
        normalizedVersion: '1.0.0',
        isPrerelease: false,
        isSemVer2: false,
        listed: true,
        created: added.created,
        lastEdited: added.created,
        downloads: 0,
        totalDownloads: 0,
        sizeBytes: 77,
        sha512: added.sha512,
        fragment: '',
        fragmentFormat: 0,
      });
      expect(found?.metadata).toEqual(added.metadata);
    });

    it('come with the fragment that is asked for, and the format of that one', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      await publish(store, 'f', added, OWNER);
      for (const fragment of ['v2-entry', 'v3-leaf'] as const) {
        const { text, format } = added.fragments[fragment];
        const wanted = { fragment: text, fragmentFormat: format };
        expect(await store.version('f', 'A', '1.0.0', { fragment })).toMatchObject(wanted);
        expect(await store.versionsOf('f', 'A', { fragment })).toMatchObject([wanted]);
      }
    });
  });
}

function describeIdentity(current: CurrentStore): void {
  describe('ids and versions', () => {
    it('are found whatever the case of id and version, and keep the case of their author', async () => {
      const { store } = current();
      await publish(store, 'f', sampleVersion({ id: 'Acme.Core', version: '1.0.0-Beta' }), OWNER);
      expect(await store.version('f', 'ACME.core', '1.0.0-bETA')).toMatchObject({
        id: 'Acme.Core',
        normalizedVersion: '1.0.0-Beta',
      });
      expect(await store.versionsOf('f', 'acme.CORE')).toHaveLength(1);
    });

    it('of one id are in the order of NuGet', async () => {
      const { store } = current();
      const ordered = [
        '1.0.0-alpha',
        '1.0.0-alpha.2',
        '1.0.0-alpha.10',
        '1.0.0-beta',
        '1.0.0',
        '1.0.0.1',
        '1.2.0',
        '1.10.0',
      ];
      for (const version of ordered.toSorted()) {
        await publish(store, 'f', sampleVersion({ id: 'A', version }), OWNER);
      }
      expect((await store.versionsOf('f', 'a')).map((version) => version.normalizedVersion)).toEqual(ordered);
    });

    it('that are not there are not found', async () => {
      const { store } = current();
      await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0.0' }), OWNER);
      expect(await store.version('f', 'A', '2.0.0')).toBeUndefined();
      expect(await store.version('other', 'A', '1.0.0')).toBeUndefined();
      expect(await store.versionsOf('f', 'B')).toEqual([]);
    });

    it('are not read for somebody who has gone', async () => {
      const signal = AbortSignal.abort(new Error('gone'));
      await expect(current().store.versionsOf('f', 'A', { signal })).rejects.toThrow('gone');
    });
  });
}

function describeChanges(current: CurrentStore): void {
  describe('changes', () => {
    it('refuse a version that is there already, whatever its case', async () => {
      const { store } = current();
      await publish(store, 'f', sampleVersion({ id: 'Acme', version: '1.0.0-rc' }), OWNER);
      const again = sampleVersion({ id: 'ACME', version: '1.0-RC', title: 'another' });
      await expect(publish(store, 'f', again, OWNER)).resolves.toBe('duplicate');
      expect(store.revisionOf('f')).toBe(1);
      expect(await store.catalogAfter(0, 10)).toHaveLength(1);
      expect((await store.version('f', 'acme', '1.0.0-rc'))?.metadata.title).toBe('');
    });

    it('unlist and relist, and say when there was nothing to do', async () => {
      const { store } = current();
      await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0.0' }), OWNER);
      await expect(store.setListed('f', 'a', '1.0.0', true)).resolves.toBe('unchanged');
      await expect(store.setListed('f', 'a', '1.0.0', false)).resolves.toBe('changed');
      const unlisted = await store.version('f', 'A', '1.0.0');
      expect(unlisted).toMatchObject({ listed: false, isLatest: false, isAbsoluteLatestSemVer2: false });
      expect(unlisted?.lastEdited).not.toBe(unlisted?.created);
      await expect(store.setListed('f', 'A', '1.0.0', true)).resolves.toBe('changed');
      await expect(store.setListed('f', 'A', '2.0.0', true)).resolves.toBe('absent');
    });

    it('delete for good, so that the version can be pushed again', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      const removed: string[] = [];
      await publish(store, 'f', added, OWNER);
      await expect(store.deleteVersion('f', 'a', '1.0.0', (sha512) => removed.push(sha512))).resolves.toBe('changed');
      await expect(store.deleteVersion('f', 'a', '1.0.0', (sha512) => removed.push(sha512))).resolves.toBe('absent');
      expect(removed).toEqual([added.sha512]);
      expect(await store.versionsOf('f', 'A')).toEqual([]);
      await expect(publish(store, 'f', added, OWNER)).resolves.toBe('added');
    });

    it('are in the catalog in their order, over all feeds', async () => {
      const { store } = current();
      await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0' }), OWNER);
      await publish(store, 'g', sampleVersion({ id: 'B', version: '2.0' }), OWNER);
      await store.setListed('f', 'a', '1.0.0', false);
      await store.setListed('f', 'a', '1.0.0', true);
      await store.deleteVersion('f', 'a', '1.0.0', () => undefined);
      const catalog = await store.catalogAfter(0, 100);
      expect(catalog.map(({ kind, feedId, id, normalizedVersion }) => [kind, feedId, id, normalizedVersion])).toEqual([
        ['pushed', 'f', 'A', '1.0.0'],
        ['pushed', 'g', 'B', '2.0.0'],
        ['unlisted', 'f', 'A', '1.0.0'],
        ['relisted', 'f', 'A', '1.0.0'],
        ['deleted', 'f', 'A', '1.0.0'],
      ]);
      const sequences = catalog.map((entry) => entry.sequence);
      expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
      expect(await store.catalogAfter(sequences[1] ?? 0, 2)).toEqual(catalog.slice(2, 4));
    });
  });
}

function describeRevisions(current: CurrentStore): void {
  describe('the revision of a feed', () => {
    it('is 0 before the first change and grows with each', async () => {
      const { store } = current();
      expect(store.revisionOf('f')).toBe(0);
      await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0.0' }), OWNER);
      await store.setListed('f', 'A', '1.0.0', false);
      expect(store.revisionOf('f')).toBe(2);
      await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
      expect(store.revisionOf('f')).toBe(3);
    });

    it('is its own, and is not touched by a push that only begins', async () => {
      const { store } = current();
      await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0.0' }), OWNER);
      await store.intendBlob(sha512Of('x'), OWNER);
      expect(store.revisionOf('f')).toBe(1);
      expect(store.revisionOf('g')).toBe(0);
    });

    it('is seen by everybody as soon as the change is acknowledged', async () => {
      const { store, openAnother } = current();
      const other = await openAnother();
      for (let change = 1; change <= 20; change += 1) {
        const [writer, reader] = change % 2 === 0 ? [store, other] : [other, store];
        await publish(writer, 'f', sampleVersion({ id: 'A', version: `1.0.${change}` }), OWNER);
        expect(reader.revisionOf('f')).toBe(change);
        expect(writer.revisionOf('f')).toBe(change);
        expect(await reader.versionsOf('f', 'A')).toHaveLength(change);
      }
    });
  });
}

function describeFeeds(current: CurrentStore): void {
  describe('a feed', () => {
    it('counts its packages, versions and bytes', async () => {
      const { store } = current();
      expect(await store.statistics('f')).toEqual({ packages: 0, versions: 0, bytes: 0 });
      await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0.0' }, { sizeBytes: 10 }), OWNER);
      await publish(store, 'f', sampleVersion({ id: 'a', version: '2.0.0' }, { sizeBytes: 20 }), OWNER);
      await publish(store, 'f', sampleVersion({ id: 'B', version: '1.0.0' }, { sizeBytes: 30 }), OWNER);
      await publish(store, 'g', sampleVersion({ id: 'C', version: '1.0.0' }), OWNER);
      expect(await store.statistics('f')).toEqual({ packages: 2, versions: 3, bytes: 60 });
      await store.deleteVersion('f', 'b', '1.0.0', () => undefined);
      expect(await store.statistics('f')).toEqual({ packages: 1, versions: 2, bytes: 30 });
    });

    it('goes with all its versions, and leaves the blobs that another feed needs', async () => {
      const { store } = current();
      const shared = sampleVersion({ id: 'Shared', version: '1.0.0' });
      for (let version = 0; version < 5; version += 1) {
        await publish(store, 'f', sampleVersion({ id: 'A', version: `1.${version}.0` }), OWNER);
      }
      await publish(store, 'f', shared, OWNER);
      await publish(store, 'g', shared, OWNER);
      const removed: string[] = [];
      await expect(store.deleteFeed('f', (sha512) => removed.push(sha512))).resolves.toEqual({ removed: 6 });
      expect(removed).toHaveLength(5);
      expect(removed).not.toContain(shared.sha512);
      expect(await store.statistics('f')).toEqual({ packages: 0, versions: 0, bytes: 0 });
      expect((await store.search('f', everything)).total).toBe(0);
      expect((await store.search('g', everything)).total).toBe(1);
      expect(store.revisionOf('f')).toBeGreaterThan(6);
      expect((await store.catalogAfter(0, 100)).filter((entry) => entry.kind === 'deleted')).toHaveLength(6);
    });
  });
}
