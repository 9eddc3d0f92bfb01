/** How much of what a v3 source sends is read. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { askUntil, samplePackages } from '@feedfleet/package-source-conformance';

import { json } from './gallery-fixture.ts';
import type { Answerer } from './gallery-fixture.ts';
import type { SourceSearch } from './package-source.ts';
import { openSource } from './source-fixture.ts';
import type { SourceFixture } from './source-fixture.ts';
import { v3Gallery } from './v3-gallery-fixture.ts';
import { v3Source } from './v3-source.ts';

const ask = askUntil(new AbortController().signal);
const search: SourceSearch = {
  ...{ text: '', includePrerelease: true, includeSemVer2: true, packageType: null, take: 100, filters: [] },
};
const opened: SourceFixture[] = [];
afterEach(async () => {
  for (const fixture of opened.splice(0)) await fixture.dispose();
});

async function open(answer: Answerer): Promise<SourceFixture> {
  const fixture = await openSource(v3Source, answer, '/index.json');
  opened.push(fixture);
  return fixture;
}

const gallery = v3Gallery(samplePackages);
const but =
  (answer: Answerer): Answerer =>
  async (url, request) =>
    (await answer(url, request)) ?? gallery(url, request);

describe('a v3 source that sends too much', () => {
  it('asks a search for no more hits than are wanted, also where some of those that it gives are none', async () => {
    const takes: string[] = [];
    const { source } = await open(
      but(({ pathname, searchParams }) => {
        if (!pathname.startsWith('/search')) return undefined;
        const take = Number(searchParams.get('take'));
        takes.push(searchParams.get('take') ?? '');
        if (take <= 0) return { status: 400 };
        const data = Array.from({ length: take }, (_, at) => ({
          id: at === 3 ? 'bad id!' : `P${at}`,
          version: '1.0.0',
        }));
        return json({ totalHits: 100, data });
      }),
    );
    const answer = await source.search({ ...search, take: 20 }, ask);
    expect(answer).toMatchObject({ outcome: 'answered', value: { total: 100 } });
    expect(answer.outcome === 'answered' ? answer.value.hits.length : 0).toBe(19);
    expect(takes).toEqual(['20']);
  });

  it('reads no more hits and ids than it asked for', async () => {
    const { source, oddities } = await open(
      but(({ pathname }) => {
        if (pathname.startsWith('/search'))
          return json({ data: Array.from({ length: 3000 }, () => ({ id: 'bad id!' })) });
        if (pathname.startsWith('/autocomplete'))
          return json({ data: Array.from({ length: 3000 }, (_, at) => `P${at}`) });
        return undefined;
      }),
    );
    await source.search({ ...search, take: 5000 }, ask);
    expect(oddities).toHaveLength(1000);
    const answer = await source.complete({ ...search, take: 5000 }, ask);
    expect(answer.outcome === 'answered' ? answer.value.ids.length : 0).toBe(1000);
  });

  it('passes over leaves of a registration that tell of no version', async () => {
    const items = [{}, { catalogEntry: null }, { catalogEntry: { id: 'Acme.Core', version: '1.0.0', authors: 'a' } }];
    const { source, oddities } = await open(
      but(({ pathname }) => (pathname.startsWith('/registration') ? json({ items: [{ items }] }) : undefined)),
    );
    const answer = await source.versions(['acme.core'], ask);
    expect(answer.outcome === 'answered' ? answer.value.get('acme.core')?.length : 0).toBe(1);
    expect(oddities).toEqual([]);
  });

  const leaves = { items: Array.from({ length: 8000 }, () => ({})) };

  it.each<[string, Answerer]>([
    ['in the index', () => json({ items: [leaves, leaves, leaves] })],
    [
      'beside the index',
      (url) =>
        json(
          url.pathname.endsWith('/index.json') ? { items: [1, 2, 3].map(() => ({ '@id': `${url.href}/p` })) } : leaves,
        ),
    ],
  ])('is unavailable for an id that has more versions than there may be: %s', async (_, answer) => {
    const { source, oddities } = await open(
      but((url, request) => (url.pathname.startsWith('/registration') ? answer(url, request) : undefined)),
    );
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({
      outcome: 'unavailable',
      code: 'FF_SOURCE_MALFORMED',
      detail: 'The source has a registration of more than 20000 versions',
    });
    expect(oddities).toEqual([]);
  });
});
