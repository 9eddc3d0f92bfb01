/** What every retention store does, run over each implementation beside the metadata store on the same data. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MetadataStore } from './metadata-store.ts';
import type { RetentionStore } from './retention-store.ts';
import { sampleVersion } from './sample-packages.ts';
import type { SampleMetadata } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';

export interface RetentionStoreUnderTest {
  readonly metadata: MetadataStore;
  readonly retention: RetentionStore;
  readonly dispose: () => Promise<void>;
}

export function describeRetentionStore(name: string, open: () => Promise<RetentionStoreUnderTest>): void {
  describe(`the retention store on ${name}`, () => {
    let opened: RetentionStoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    describeCounting(() => opened);
    describeDependents(() => opened);
    describePins(() => opened);
    describeDeletion(() => opened);
  });
}

type Current = () => RetentionStoreUnderTest;

async function push({ metadata }: RetentionStoreUnderTest, given: SampleMetadata, feedId = 'f'): Promise<void> {
  await publish(metadata, feedId, sampleVersion(given), OWNER);
}

function describeCounting(current: Current): void {
  describe('ids with more versions than are kept', () => {
    it('are told in order, by stable versions and by pre-releases, listed or not', async () => {
      const { retention, metadata } = current();
      for (const version of ['1.0.0', '2.0.0', '3.0.0-a']) await push(current(), { id: 'B', version });
      for (const version of ['1.0.0-a', '1.0.0-b.1', '1.0.0']) await push(current(), { id: 'a', version });
      for (const version of ['1.0.0', '2.0.0']) await push(current(), { id: 'other', version }, 'g');
      await metadata.setListed('f', 'B', '1.0.0', false);
      const over = async (stable: number | null, prerelease: number | null) =>
        (await retention.idsWithMoreThan('f', { stable, prerelease }, '')).items;
      expect(await over(1, null)).toEqual(['b']);
      expect(await over(null, 1)).toEqual(['a']);
      expect(await over(0, 0)).toEqual(['a', 'b']);
      expect(await over(2, 2)).toEqual([]);
      expect(await over(null, null)).toEqual([]);
    });
  });
}

function describeDependents(current: Current): void {
  describe('versions that depend on an id', () => {
    it('are told with each of their ranges, and go when they are deleted', async () => {
      const { retention, metadata } = current();
      const on = (range: string, targetFramework: string | null = null) => ({
        targetFramework,
        dependencies: [{ id: 'Core', range }],
      });
      await push(current(), {
        id: 'App',
        version: '1.0.0',
        dependencyGroups: [on('[1.0.0, )'), on('[1.0.0, )', 'net8.0')],
      });
      await push(current(), {
        id: 'App',
        version: '2.0.0',
        dependencyGroups: [on('[1.0.0, )'), on('[2.0.0]', 'net8.0')],
      });
      await push(current(), { id: 'App', version: '1.0.0', dependencyGroups: [on('[9.0.0]')] }, 'g');
      await push(current(), { id: 'Alone', version: '1.0.0' });
      const dependents = async () => (await retention.dependentsOf('f', 'core', 0)).items;
      expect(await dependents()).toEqual([
        { id: 'App', normalizedVersion: '1.0.0', range: '[1.0.0, )' },
        { id: 'App', normalizedVersion: '2.0.0', range: '[1.0.0, )' },
        { id: 'App', normalizedVersion: '2.0.0', range: '[2.0.0]' },
      ]);
      await metadata.deleteVersion('f', 'app', '2.0.0', () => undefined);
      expect(await dependents()).toHaveLength(1);
    });

    it('come in parts that leave nothing out', async () => {
      const { retention } = current();
      const dependencyGroups = ['[1.0.0, )', '[1.1.0, )', '[1.2.0, )'].map((range, index) => ({
        targetFramework: `net${index}.0`,
        dependencies: [{ id: 'Core', range }],
      }));
      const pushes = Array.from({ length: 700 }, (_, index) =>
        push(current(), { id: 'App', version: `1.${index}.0`, dependencyGroups }),
      );
      await Promise.all(pushes);
      const found = new Set<string>();
      let parts = 0;
      for (let after: number | null = 0; after !== null; parts += 1) {
        const { items, next } = await retention.dependentsOf('f', 'Core', after);
        for (const { normalizedVersion, range } of items) found.add(`${normalizedVersion} ${range}`);
        after = next;
      }
      expect(found.size).toBe(2100);
      expect(parts).toBeGreaterThan(1);
    });
  });
}

function describePins(current: Current): void {
  describe('pins', () => {
    it('are set on versions that are there, changed, listed and taken away', async () => {
      const { retention } = current();
      await push(current(), { id: 'Acme', version: '1.0' });
      const version = { id: 'ACME', normalizedVersion: '1.0.0' };
      await expect(retention.pin('f', { ...version, normalizedVersion: '2.0.0' }, '')).resolves.toBe('absent');
      await expect(retention.pin('other', version, '')).resolves.toBe('absent');
      await expect(retention.pin('f', version, 'used by billing')).resolves.toBe('changed');
      await expect(retention.pin('f', version, 'used by billing')).resolves.toBe('unchanged');
      const [pin, ...more] = await retention.pins('f');
      expect(pin).toMatchObject({ id: 'Acme', normalizedVersion: '1.0.0', note: 'used by billing' });
      expect(more).toEqual([]);
      expect(await retention.pins('other')).toEqual([]);
      await expect(retention.unpin('f', { id: 'acme', normalizedVersion: '1.0.0' })).resolves.toBe('changed');
      await expect(retention.unpin('f', version)).resolves.toBe('absent');
      expect(await retention.pins('f')).toEqual([]);
    });
  });
}

function describeDeletion(current: Current): void {
  describe('a deletion', () => {
    const versions = [
      { id: 'a', normalizedVersion: '1.0.0' },
      { id: 'A', normalizedVersion: '9.9.9' },
      { id: 'A', normalizedVersion: '2.0.0' },
    ];

    it('takes all at once, leaves out what is gone already, and removes the blobs', async () => {
      const { retention, metadata } = current();
      for (const version of ['1.0.0', '2.0.0', '3.0.0']) await push(current(), { id: 'A', version });
      const removed: string[] = [];
      const revision = metadata.revisionOf('f');
      const outcome = await retention.deleteAtRevision('f', versions, revision, (sha512) => removed.push(sha512));
      expect(outcome).toEqual({ outcome: 'deleted', revision: metadata.revisionOf('f') });
      expect((await metadata.versionsOf('f', 'A')).map(({ version }) => version)).toEqual(['3.0.0']);
      expect(removed).toHaveLength(2);
    });

    it('is not done when the feed has changed since the versions were chosen', async () => {
      const { retention, metadata } = current();
      await push(current(), { id: 'A', version: '1.0.0' });
      const attempt = (revision: number) => retention.deleteAtRevision('f', versions, revision, () => undefined);
      const atFirst = metadata.revisionOf('f');
      await push(current(), { id: 'A', version: '2.0.0' });
      await expect(attempt(atFirst)).resolves.toEqual({ outcome: 'outdated' });
      const beforePin = metadata.revisionOf('f');
      await retention.pin('f', { id: 'A', normalizedVersion: '1.0.0' }, '');
      await expect(attempt(beforePin)).resolves.toEqual({ outcome: 'outdated' });
      expect(await metadata.versionsOf('f', 'A')).toHaveLength(2);
    });
  });
}
