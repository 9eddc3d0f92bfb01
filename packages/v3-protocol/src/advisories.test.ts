import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Deprecation, Vulnerability } from '@feedfleet/store';

import { FEED_URL, FeedFixture } from './feed-fixture.ts';

const V3 = `${FEED_URL}/api/v3`;
const deprecation: Deprecation = {
  reasons: ['Legacy', 'CriticalBugs'],
  message: 'Use "New"\nat once.',
  alternate: { id: 'New', range: '[2.0.0, )' },
};
const rendered = {
  reasons: ['Legacy', 'CriticalBugs'],
  message: 'Use "New"\nat once.',
  alternatePackage: { id: 'New', range: '[2.0.0, )' },
};

interface Leaf {
  readonly catalogEntry: Readonly<Record<string, unknown>>;
}
interface Registration {
  readonly items: readonly { readonly '@id': string; readonly items?: readonly Leaf[] }[];
}

let feed: FeedFixture;

beforeEach(async () => {
  feed = await FeedFixture.open();
});
afterEach(() => feed.close());

const flaw = (name: string, range: string, severity: Vulnerability['severity'] = 2): Vulnerability => ({
  url: `https://advisories.example.org/${name}`,
  severity,
  range,
});

async function importFlaws(byId: Readonly<Record<string, readonly Vulnerability[]>>, source = 'own'): Promise<void> {
  await feed.advisories.setVulnerabilities('main', source, { mode: 'replace', byId: new Map(Object.entries(byId)) });
}

async function entriesOf(url: string): Promise<readonly unknown[]> {
  const { items } = await feed.json<Registration>(url);
  return items
    .flatMap((page) => page.items ?? [])
    .map(({ catalogEntry }) => {
      const { version, listed, deprecation: told, vulnerabilities } = catalogEntry;
      return { version, listed, deprecation: told, vulnerabilities };
    });
}

describe('a registration', () => {
  it('has the deprecation of each version, and its vulnerabilities with a severity in words', async () => {
    for (const version of ['1.0.0', '1.5.0', '2.0.0']) await feed.add('Old', version);
    await feed.add('New', '2.0.0');
    await feed.advisories.deprecate('main', 'old', ['1.0.0'], deprecation);
    await importFlaws({
      old: [flaw('1', '(, 2.0.0)', 3), flaw('2', '[1.0.0, 1.0.0]', 0), flaw('2', '[1.0.0, 1.2.0]', 0)],
    });
    const first = { advisoryUrl: 'https://advisories.example.org/1', severity: '3' };
    const second = { advisoryUrl: 'https://advisories.example.org/2', severity: '0' };
    expect(await entriesOf('/registration/semver2/old/index.json')).toEqual([
      { version: '1.0.0', listed: true, deprecation: rendered, vulnerabilities: [first, second] },
      { version: '1.5.0', listed: true, deprecation: undefined, vulnerabilities: [first] },
      { version: '2.0.0', listed: true, deprecation: undefined, vulnerabilities: undefined },
    ]);
    expect(await entriesOf('/registration/plain/new/index.json')).toEqual([
      { version: '2.0.0', listed: true, deprecation: undefined, vulnerabilities: undefined },
    ]);
  });

  it('leaves out a message and an alternative that nobody gave', async () => {
    await feed.add('Old', '1.0.0', { listed: false });
    await feed.advisories.deprecate('main', 'old', 'all', { reasons: ['Other'], message: '', alternate: null });
    expect(await entriesOf('/registration/gzip/old/index.json')).toEqual([
      { version: '1.0.0', listed: false, deprecation: { reasons: ['Other'] }, vulnerabilities: undefined },
    ]);
  });

  it('has them on every page of an id with many versions', async () => {
    for (let minor = 0; minor < 130; minor += 1) await feed.add('Many', `1.${minor}.0`, { file: 'shared' });
    await feed.advisories.deprecate('main', 'Many', 'all', deprecation);
    await importFlaws({ many: [flaw('1', '[1.100.0, )')] });
    const { items } = await feed.json<Registration>('/registration/semver2/many/index.json');
    const all = (
      await Promise.all(
        items.map(async (page) => (await feed.json<{ readonly items: readonly Leaf[] }>(page['@id'])).items),
      )
    ).flat();
    expect(all).toHaveLength(130);
    expect(all.every(({ catalogEntry }) => 'deprecation' in catalogEntry)).toBe(true);
    expect(all.filter(({ catalogEntry }) => 'vulnerabilities' in catalogEntry)).toHaveLength(30);
  });
});

describe('search', () => {
  it('has the deprecation and the vulnerabilities of the version that it shows, with a severity in numbers', async () => {
    await feed.add('Old', '1.0.0');
    await feed.add('Old', '2.0.0-beta');
    await feed.advisories.deprecate('main', 'Old', ['1.0.0'], deprecation);
    await importFlaws({ old: [flaw('1', '(, 2.0.0)', 1)] });
    const found = async (query: string): Promise<unknown> =>
      (await feed.json<{ data: unknown[] }>(`/query?${query}`)).data[0];
    const vulnerabilities = [{ advisoryUrl: 'https://advisories.example.org/1', severity: 1 }];
    expect(await found('q=old')).toMatchObject({ version: '1.0.0', deprecation: rendered, vulnerabilities });
    const beta = await found('q=old&prerelease=true');
    expect(beta).toMatchObject({ version: '2.0.0-beta', vulnerabilities });
    expect(beta).not.toHaveProperty('deprecation');
  });
});

describe('the catalog', () => {
  it('has the deprecation that a version had at each commit', async () => {
    await feed.add('Old', '1.0.0');
    await feed.advisories.deprecate('main', 'Old', 'all', deprecation);
    await feed.advisories.deprecate('main', 'Old', 'all', null);
    const { items } = await feed.json<{ items: { '@id': string }[] }>('/catalog/page0.json');
    const leaves = await Promise.all(items.map((item) => feed.json<Record<string, unknown>>(item['@id'])));
    expect(leaves.map(({ deprecation: told }) => told)).toEqual([undefined, rendered, undefined]);
    expect(leaves.map((leaf) => leaf['@type'])).toEqual(leaves.map(() => ['PackageDetails', 'catalog:Permalink']));
  });
});

describe('VulnerabilityInfo', () => {
  const resources = async (): Promise<readonly unknown[]> => {
    const index = await feed.json<{ resources: { '@id': string; '@type': string }[] }>('/index.json');
    return index.resources.filter((one) => one['@type'].startsWith('VulnerabilityInfo')).map((one) => one['@id']);
  };

  it('is in the service index as long as a feed knows of any', async () => {
    expect(await resources()).toEqual([]);
    await importFlaws({ a: [flaw('1', '[1.0.0, )')] });
    expect(await resources()).toEqual([`${V3}/vulnerabilities/index.json`]);
    await importFlaws({});
    expect(await resources()).toEqual([]);
  });

  it('is an index with a page for each source, in which ids are in lower case', async () => {
    await importFlaws({ 'Contoso.Library': [flaw('1', '(, 2.0.0)', 1), flaw('2', '[3.0.0, )', 3)] }, 'github');
    await importFlaws({ a: [flaw('3', '[1.0.0, 1.0.0]')] }, 'own');
    const index =
      await feed.json<{ '@name': string; '@id': string; '@updated': string }[]>('/vulnerabilities/index.json');
    expect(index.map((page) => [page['@name'], page['@id']])).toEqual([
      ['github', `${V3}/vulnerabilities/github`],
      ['own', `${V3}/vulnerabilities/own`],
    ]);
    expect(index.every((page) => !Number.isNaN(Date.parse(page['@updated'])))).toBe(true);
    expect(await feed.json(index[0]?.['@id'] ?? '')).toEqual({
      'contoso.library': [
        { url: 'https://advisories.example.org/1', severity: 1, versions: '(, 2.0.0)' },
        { url: 'https://advisories.example.org/2', severity: 3, versions: '[3.0.0, )' },
      ],
    });
    await expect(feed.json('/vulnerabilities/nobody')).rejects.toMatchObject({ code: 'FF_NO_SUCH_RESOURCE' });
    await expect(feed.json('/vulnerabilities/own/more')).rejects.toMatchObject({ code: 'FF_NO_SUCH_RESOURCE' });
  });
});
