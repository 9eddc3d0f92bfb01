/**
 * What every advisory store does, run over each implementation.
 *
 * @example
 * describeAdvisoryStore('SQLite', async () => ({ store, advisories, openAnother, dispose }));
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  deprecationKey,
  MAX_VULNERABILITIES,
  MAX_VULNERABILITIES_OF_ID,
  MAX_VULNERABILITY_SOURCES,
} from './advisories.ts';
import type { AdvisoryStore, Deprecation, Severity, VulnerabilitiesById, Vulnerability } from './advisories.ts';
import type { FeedCatalog } from './feed-catalog.ts';
import type { MetadataStore } from './metadata-store.ts';
import { sampleVersion } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';

export interface AdvisoryStoreUnderTest {
  readonly store: MetadataStore;
  readonly advisories: AdvisoryStore;
  readonly catalog: FeedCatalog;
  /** Another store on the same data, as another process has it; closed by `dispose`. */
  readonly openAnother: () => Promise<AdvisoryStore>;
  readonly dispose: () => Promise<void>;
}

type Current = () => AdvisoryStoreUnderTest;

const legacy: Deprecation = { reasons: ['Legacy'], message: '', alternate: null };
const detailed: Deprecation = {
  reasons: ['CriticalBugs', 'Other'],
  message: 'Loses data; "quoted", \u65e5\u672c.',
  alternate: { id: 'Acme.New', range: '[2.0.0, )' },
};

const flaw = (name: string, severity: Severity = 2, range = '(, 2.0.0)'): Vulnerability => ({
  url: `https://advisories.example.org/${name}`,
  severity,
  range,
});

const of = (byId: Readonly<Record<string, readonly Vulnerability[]>>): VulnerabilitiesById =>
  new Map(Object.entries(byId));

async function push(store: MetadataStore, id: string, ...versions: readonly string[]): Promise<void> {
  for (const version of versions) await publish(store, 'f', sampleVersion({ id, version }), OWNER);
}

export function describeAdvisoryStore(name: string, open: () => Promise<AdvisoryStoreUnderTest>): void {
  describe(`the advisory store on ${name}`, () => {
    let opened: AdvisoryStoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const current: Current = () => opened;
    describeDeprecations(current);
    describeLifeOfDeprecations(current);
    describeVulnerabilities(current);
    describeMerges(current);
    describeBounds(current);
    describeRemovals(current);
  });
}

async function deprecationsOf(
  { advisories }: { readonly advisories: AdvisoryStore },
  id: string,
  ...versions: readonly string[]
): Promise<readonly (Deprecation | undefined)[]> {
  const names = versions.map((normalizedVersion) => ({ id, normalizedVersion }));
  const { deprecations } = await advisories.advisoriesOf('f', names);
  return names.map((version) => deprecations.get(deprecationKey(version)));
}

function describeDeprecations(current: Current): void {
  describe('deprecations', () => {
    it('are set for the versions that are named, whatever the case, and for no other', async () => {
      const { store, advisories } = current();
      await push(store, 'Acme.Core', '1.0.0', '1.1.0-Beta', '2.0.0');
      await push(store, 'Acme.Other', '1.0.0');
      await expect(advisories.deprecate('f', 'acme.CORE', ['1.0.0', '1.1.0-bETA'], detailed)).resolves.toEqual({
        outcome: 'done',
        changed: 2,
        unchanged: 0,
      });
      expect(await deprecationsOf(current(), 'ACME.Core', '1.0.0', '1.1.0-BETA', '2.0.0')).toEqual([
        detailed,
        detailed,
        undefined,
      ]);
      expect(await deprecationsOf(current(), 'Acme.Other', '1.0.0')).toEqual([undefined]);
      const elsewhere = await advisories.advisoriesOf('g', [{ id: 'Acme.Core', normalizedVersion: '1.0.0' }]);
      expect(elsewhere.deprecations.size).toBe(0);
    });

    it('are set for all versions at once, replaced and taken back', async () => {
      const { store, advisories } = current();
      const versions = Array.from({ length: 250 }, (_, patch) => `1.0.${patch}`);
      await push(store, 'Many', ...versions);
      const set = (deprecation: Deprecation | null): Promise<unknown> =>
        advisories.deprecate('f', 'many', 'all', deprecation);
      expect(await set(legacy)).toEqual({ outcome: 'done', changed: 250, unchanged: 0 });
      expect(await deprecationsOf(current(), 'Many', ...versions)).toEqual(versions.map(() => legacy));
      await advisories.deprecate('f', 'Many', ['1.0.7'], detailed);
      expect(await deprecationsOf(current(), 'Many', '1.0.6', '1.0.7')).toEqual([legacy, detailed]);
      expect(await set(null)).toEqual({ outcome: 'done', changed: 250, unchanged: 0 });
      expect(await set(null)).toEqual({ outcome: 'done', changed: 0, unchanged: 250 });
      expect(await deprecationsOf(current(), 'Many', '1.0.6', '1.0.7')).toEqual([undefined, undefined]);
    });

    it('are not set at all when one of the versions is missing', async () => {
      const { store, advisories } = current();
      await push(store, 'A', '1.0.0');
      const revision = store.revisionOf('f');
      expect(await advisories.deprecate('f', 'A', ['1.0.0', '2.0.0-X'], legacy)).toEqual({
        outcome: 'absent',
        versions: ['2.0.0-x'],
      });
      expect(await advisories.deprecate('f', 'Nothing', 'all', legacy)).toEqual({ outcome: 'absent', versions: [] });
      expect(await deprecationsOf(current(), 'A', '1.0.0')).toEqual([undefined]);
      expect(store.revisionOf('f')).toBe(revision);
    });
  });
}

function describeLifeOfDeprecations(current: Current): void {
  describe('a deprecation', () => {
    it('edits the version, raises the revision and is in the catalog, once', async () => {
      const { store, advisories } = current();
      await push(store, 'A', '1.0.0');
      const [pushed] = await store.catalogAfter(0, 10);
      const before = await store.version('f', 'A', '1.0.0');
      const revisions = [store.revisionOf('f')];
      for (const deprecation of [legacy, legacy, null, null]) {
        await advisories.deprecate('f', 'A', 'all', deprecation);
        revisions.push(store.revisionOf('f'));
      }
      const [start = 0] = revisions;
      expect(revisions.map((revision) => revision - start)).toEqual([0, 1, 1, 2, 2]);
      const after = await store.catalogAfter(pushed?.sequence ?? 0, 10);
      expect(after.map(({ kind, id, normalizedVersion }) => [kind, id, normalizedVersion])).toEqual([
        ['deprecated', 'A', '1.0.0'],
        ['undeprecated', 'A', '1.0.0'],
      ]);
      const edited = await store.version('f', 'A', '1.0.0');
      expect(Date.parse(edited?.lastEdited ?? '')).toBeGreaterThan(Date.parse(before?.lastEdited ?? ''));
    });

    it('stays in the entries of the catalog that were made while it was there', async () => {
      const { store, advisories, catalog } = current();
      await push(store, 'A', '1.0.0');
      await advisories.deprecate('f', 'A', 'all', detailed);
      await store.setListed('f', 'A', '1.0.0', false);
      await advisories.deprecate('f', 'A', 'all', null);
      await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
      const told = await Promise.all([1, 2, 3, 4, 5].map((number) => catalog.snapshot('f', number)));
      expect(told.map((entry) => [entry?.kind, entry?.listed, entry?.deprecation])).toEqual([
        ['pushed', true, null],
        ['deprecated', true, detailed],
        ['unlisted', false, detailed],
        ['undeprecated', false, null],
        ['deleted', false, null],
      ]);
    });

    it('is seen by other processes, outlives an unlist and goes with its version', async () => {
      const { store, advisories, openAnother } = current();
      await push(store, 'A', '1.0.0');
      const other = await openAnother();
      await advisories.deprecate('f', 'A', 'all', legacy);
      await store.setListed('f', 'A', '1.0.0', false);
      expect(await deprecationsOf({ advisories: other }, 'A', '1.0.0')).toEqual([legacy]);
      await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
      await push(store, 'A', '1.0.0');
      expect(await deprecationsOf({ advisories: other }, 'A', '1.0.0')).toEqual([undefined]);
    });
  });
}

async function vulnerabilitiesOf(advisories: AdvisoryStore, id: string): Promise<unknown> {
  const { vulnerabilities } = await advisories.advisoriesOf('f', [{ id, normalizedVersion: '1.0.0' }]);
  return vulnerabilities.get(id.toLowerCase());
}

function describeVulnerabilities(current: Current): void {
  describe('vulnerabilities', () => {
    it('are found by id, from all sources together', async () => {
      const { store, advisories, openAnother } = current();
      const other = await openAnother();
      const outcome = await advisories.setVulnerabilities('f', 'github', {
        mode: 'replace',
        byId: of({ 'Acme.Core': [flaw('2', 3), flaw('1', 0)], 'Acme.Web': [flaw('3')] }),
      });
      expect(outcome).toMatchObject({
        outcome: 'changed',
        source: { name: 'github', packages: 2, vulnerabilities: 3 },
      });
      await advisories.setVulnerabilities('f', 'own', { mode: 'replace', byId: of({ 'acme.core': [flaw('4')] }) });
      expect(store.revisionOf('f')).toBe(2);
      expect(await vulnerabilitiesOf(other, 'ACME.core')).toEqual([flaw('1', 0), flaw('2', 3), flaw('4')]);
      expect(await vulnerabilitiesOf(other, 'Acme')).toBeUndefined();
      const { vulnerabilities } = await other.advisoriesOf('g', [{ id: 'Acme.Core', normalizedVersion: '1.0.0' }]);
      expect(vulnerabilities.size).toBe(0);
    });

    it('of a source are a page, ids in order', async () => {
      const { advisories } = current();
      await advisories.setVulnerabilities('f', 'own', {
        mode: 'replace',
        byId: of({ B: [flaw('2')], A: [flaw('1'), flaw('1')], C: [] }),
      });
      const page = await advisories.vulnerabilityPage('f', 'OWN');
      expect(page).toMatchObject({ name: 'own', packages: 2, vulnerabilities: 2 });
      expect([...(page?.byId ?? [])]).toEqual([
        ['a', [flaw('1')]],
        ['b', [flaw('2')]],
      ]);
      expect(await advisories.vulnerabilityPage('f', 'other')).toBeUndefined();
      expect(await advisories.vulnerabilityPage('g', 'own')).toBeUndefined();
      expect(await advisories.vulnerabilitySources('f')).toHaveLength(1);
      expect(await advisories.vulnerabilitySources('g')).toEqual([]);
    });

    it('that are imported again change nothing, in whatever order', async () => {
      const { store, advisories } = current();
      const set = (byId: VulnerabilitiesById): Promise<unknown> =>
        advisories.setVulnerabilities('f', 'own', { mode: 'replace', byId });
      await set(of({ a: [flaw('1'), flaw('2')], b: [flaw('3')] }));
      const [source] = await advisories.vulnerabilitySources('f');
      expect(await set(of({ B: [flaw('3')], A: [flaw('2'), flaw('1')] }))).toEqual({ outcome: 'unchanged', source });
      expect(store.revisionOf('f')).toBe(1);
      expect(await set(of({ a: [flaw('2')] }))).toMatchObject({ outcome: 'changed', source: { vulnerabilities: 1 } });
      expect([...((await advisories.vulnerabilityPage('f', 'own'))?.byId ?? [])]).toEqual([['a', [flaw('2')]]]);
      expect(store.revisionOf('f')).toBe(2);
    });
  });
}

function describeMerges(current: Current): void {
  describe('a merge', () => {
    it('puts an advisory in the place of what was said of it, and leaves the others', async () => {
      const { advisories } = current();
      await advisories.setVulnerabilities('f', 'own', {
        mode: 'replace',
        byId: of({ a: [flaw('1'), flaw('2')], b: [flaw('2')], c: [flaw('3')] }),
      });
      await advisories.setVulnerabilities('f', 'own', {
        mode: 'merge',
        byId: of({ A: [flaw('2', 3)], d: [flaw('4')] }),
        withdrawnUrls: [flaw('3').url],
      });
      expect([...((await advisories.vulnerabilityPage('f', 'own'))?.byId ?? [])]).toEqual([
        ['a', [flaw('1'), flaw('2', 3)]],
        ['d', [flaw('4')]],
      ]);
    });

    it('begins a source that is not there', async () => {
      const { advisories } = current();
      const outcome = await advisories.setVulnerabilities('f', 'own', { mode: 'merge', byId: of({ a: [flaw('1')] }) });
      expect(outcome).toMatchObject({ outcome: 'changed', source: { packages: 1 } });
    });
  });
}

function describeBounds(current: Current): void {
  describe('the bounds of vulnerabilities', () => {
    const flaws = (count: number): readonly Vulnerability[] =>
      Array.from({ length: count }, (_, index) => flaw(String(index)));

    it('hold for an id, a source and a feed, and what is refused changes nothing', async () => {
      const { store, advisories } = current();
      const set = (source: string, byId: VulnerabilitiesById): Promise<unknown> =>
        advisories.setVulnerabilities('f', source, { mode: 'merge', byId });
      const crowded = of({ a: flaws(MAX_VULNERABILITIES_OF_ID + 1) });
      expect(await set('own', crowded)).toMatchObject({ outcome: 'tooMany', of: 'vulnerabilities of one id' });
      const spread = new Map(flaws(MAX_VULNERABILITIES + 1).map((one, index) => [`id${index}`, [one]]));
      expect(await set('own', spread)).toMatchObject({ outcome: 'tooMany', of: 'vulnerabilities' });
      expect(store.revisionOf('f')).toBe(0);
      for (let index = 0; index < MAX_VULNERABILITY_SOURCES; index += 1) {
        await set(`source-${index}`, of({ a: [flaw('1')] }));
      }
      expect(await set('own', of({ a: [flaw('1')] }))).toMatchObject({ outcome: 'tooMany', of: 'sources' });
      expect(await set('source-3', of({ a: [flaw('2')] }))).toMatchObject({ outcome: 'changed' });
      expect(await advisories.vulnerabilitySources('f')).toHaveLength(MAX_VULNERABILITY_SOURCES);
    });

    it('hold for names and for what is asked at once', async () => {
      const { advisories } = current();
      for (const name of ['', 'index.json', 'A', 'x'.repeat(33)]) {
        await expect(advisories.setVulnerabilities('f', name, { mode: 'replace', byId: of({}) })).rejects.toMatchObject(
          { code: 'FF_INVALID_ARGUMENT' },
        );
      }
      const names = Array.from({ length: 1001 }, () => ({ id: 'a', normalizedVersion: '1.0.0' }));
      await expect(advisories.advisoriesOf('f', names)).rejects.toMatchObject({ code: 'FF_INVALID_ARGUMENT' });
    });
  });
}

function describeRemovals(current: Current): void {
  describe('removed vulnerabilities', () => {
    it('go with their source, with all sources, and when a source says nothing any more', async () => {
      const { store, advisories } = current();
      const set = (source: string, byId: VulnerabilitiesById): Promise<unknown> =>
        advisories.setVulnerabilities('f', source, { mode: 'replace', byId });
      for (const source of ['all', 'b', 'c', 'd']) await set(source, of({ a: [flaw(source)] }));
      expect(await advisories.removeVulnerabilities('f', 'all')).toMatchObject([{ name: 'all' }]);
      expect(await set('b', of({}))).toEqual({ outcome: 'changed', source: undefined });
      expect(await vulnerabilitiesOf(advisories, 'a')).toEqual([flaw('c'), flaw('d')]);
      const revision = store.revisionOf('f');
      expect(await advisories.removeVulnerabilities('f', 'b')).toEqual([]);
      expect(store.revisionOf('f')).toBe(revision);
      expect(await advisories.removeVulnerabilities('f', null)).toMatchObject([{ name: 'c' }, { name: 'd' }]);
      expect(store.revisionOf('f')).toBe(revision + 1);
      expect(await vulnerabilitiesOf(advisories, 'a')).toBeUndefined();
    });

    it('go with the feed, and those of other feeds stay', async () => {
      const { store, advisories } = current();
      await push(store, 'A', '1.0.0');
      for (const feed of ['f', 'g']) {
        await advisories.setVulnerabilities(feed, 'own', { mode: 'replace', byId: of({ a: [flaw('1')] }) });
      }
      await store.deleteFeed('f', () => undefined);
      expect(await advisories.vulnerabilitySources('f')).toEqual([]);
      expect(await advisories.vulnerabilitySources('g')).toHaveLength(1);
    });
  });
}
