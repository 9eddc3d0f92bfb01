/** The NuGet registry that the machine's own dotnet restores from, as a package source. */
import { buffer } from 'node:stream/consumers';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { ask, foreignSource } from '../support/foreign-source.ts';
import type { ForeignSource } from '../support/foreign-source.ts';
import { ownRegistry } from '../support/own-registry.ts';

describeWith(['dotnet', 'v3Registry'], "the registry of the machine's own dotnet", () => {
  let registry: ForeignSource;
  const idName = 'newtonsoft.json';

  beforeAll(() => {
    registry = foreignSource({ protocol: 'v3', url: ownRegistry()?.url ?? '' });
  });

  afterAll(() => registry.close());

  it('tells the versions of a package that everybody knows, and that it has none of one that nobody does', async () => {
    const answer = await registry.source.versions([idName, 'feedfleet.no-such-package-0000'], ask);
    expect(answer).toMatchObject({ outcome: 'answered' });
    if (answer.outcome !== 'answered') return;
    expect([...answer.value.keys()]).toEqual([idName]);
    const versions = answer.value.get(idName) ?? [];
    expect(versions.map(({ sortKey }) => sortKey)).toEqual(versions.map(({ sortKey }) => sortKey).sort());
    const newest = versions.filter(({ isPrerelease }) => !isPrerelease).at(-1);
    expect(newest?.listed).toBe(true);
    // Registries without any metadata are met, too: their versions say so, and nothing is made up.
    if (newest?.isIncomplete === true) expect(newest.metadata.dependencyGroups).toEqual([]);
    else expect(newest?.metadata).toMatchObject({ id: 'Newtonsoft.Json', authors: 'James Newton-King' });
    expect(answer.requests).toBeLessThan(10);
  });

  it('gives the file', async () => {
    const versions = await registry.source.versions([idName], ask);
    const newest = versions.outcome === 'answered' ? versions.value.get(idName)?.at(-1) : undefined;
    const answer = await registry.source.content(
      { id: idName, normalizedVersion: newest?.normalizedVersion ?? '' },
      ask,
    );
    const content = answer.outcome === 'answered' ? answer.value : null;
    const bytes = content === null ? Buffer.alloc(0) : await buffer(content.open(ask.signal));
    expect([bytes.toString('latin1', 0, 2), bytes.length > 100_000]).toEqual(['PK', true]);
    expect(content?.sizeBytes ?? bytes.length).toBe(bytes.length);
  });

  it('finds a package by its whole id, whether it has a search or not', async () => {
    const query = { includePrerelease: false, includeSemVer2: true, packageType: null, take: 5, filters: [] };
    const answer = await registry.source.search({ ...query, text: idName }, ask);
    expect(answer.outcome === 'answered' && answer.value.hits.map(({ id }) => id.toLowerCase())).toContain(idName);
    const words = await registry.source.search({ ...query, text: 'json framework' }, ask);
    if (words.outcome === 'unsupported') expect(words.detail).toContain('SearchQueryService');
    else expect(words.outcome).toBe('answered');
  });
});
