/** The hierarchy of a feed over the registry's API, and what an edit will change. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryApi, SourceCreation, SourceGraph } from '@feedfleet/registry-client';

import { openRegistryUnderTest } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

let registry: RegistryUnderTest;
let operator: RegistryApi;
beforeEach(async () => {
  registry = await openRegistryUnderTest();
  operator = registry.operator();
  for (const name of ['core', 'team', 'tools']) await operator.feeds.create({ name, visibility: 'public' });
  await operator.feeds.create({ name: 'vault', visibility: 'private' });
});
afterEach(() => registry.dispose());

const toFeed = (feed: string): SourceCreation => ({ name: `to-${feed}`, target: { kind: 'feed', feed } });
const outside: SourceCreation = {
  name: 'outside',
  target: { kind: 'foreign', url: 'https://packages.example/v3/index.json' },
};
const namesOf = ({ nodes }: SourceGraph): readonly (string | null)[] => nodes.map(({ name }) => name);

async function keyFor(feeds: readonly string[], scope: 'read' | 'manage'): Promise<string> {
  return (await operator.keys.create({ name: 'test', scopes: [scope], feeds })).secret;
}

describe('GET /api/feeds/{feed}/source-graph', () => {
  it('shows what a feed leads to, and where loops are cut', async () => {
    const { sources } = operator;
    expect((await sources.graph('core')).cost).toMatchObject({ upstreamRequests: 0 });
    await sources.create('core', toFeed('team'));
    await sources.create('team', toFeed('core'));
    await sources.create('team', outside);
    const graph = await sources.graph('CORE');
    expect(namesOf(graph)).toEqual(['core', 'team', 'https://packages.example/v3/index.json']);
    expect(graph.loops).toEqual([{ nodes: [0, 1, 0], cutAt: 1 }]);
    expect(graph.cost).toMatchObject({ upstreamRequests: 1, feeds: 1 });
    expect(graph.nodes[2]).toMatchObject({ state: 'loopPending' });
  });

  it('tells those who manage certain feeds nothing of private feeds and sources that are not theirs', async () => {
    const { sources } = operator;
    const readsVault = { kind: 'apiKey', secret: await keyFor(['vault'], 'read') } as const;
    await sources.create('core', toFeed('team'));
    await sources.create('team', { ...toFeed('vault'), credential: readsVault });
    await sources.create('team', outside);
    const mine = registry.apiFor(await keyFor(['core'], 'manage'));
    const graph = await mine.sources.graph('core');
    expect(namesOf(graph)).toEqual(['core', 'team', null, null]);
    expect(graph.edges.map(({ source }) => source)).toEqual(['to-team', null, null]);
    await expect(mine.sources.graph('team')).rejects.toMatchObject({ code: 'FF_NO_SUCH_FEED' });
    await sources.create('core', { ...toFeed('vault'), credential: readsVault });
    expect(namesOf(await mine.sources.graph('core'))).toContain('vault');
  });
});

describe('POST /api/feeds/{feed}/source-graph', () => {
  it('says what adding, changing and removing a source will change, and saves nothing', async () => {
    const { sources } = operator;
    await sources.create('team', toFeed('core'));
    await sources.create('team', toFeed('tools'));
    const { number } = await operator.fleet();
    const added = await sources.effect('core', { kind: 'add', source: toFeed('team') });
    expect(added.effect).toMatchObject({
      before: { upstreamRequests: 0 },
      after: { upstreamRequests: 2 },
      closes: { names: ['core', 'team', 'core'], cutAt: 'team' },
    });
    expect(added.effect.sentence).toMatch(
      /^This turns 0 upstream requests per query into 2; it closes the loop core -> team/,
    );
    const change = { enabled: false };
    const disabled = await sources.effect('team', { kind: 'change', source: 'to-tools', change });
    expect(disabled.effect).toMatchObject({ after: { upstreamRequests: 1 }, lost: [{ name: 'tools' }] });
    const removed = await sources.effect('team', { kind: 'remove', source: 'to-core' });
    expect(removed.effect).toMatchObject({ after: { upstreamRequests: 1 }, edge: null });
    expect(await operator.fleet()).toMatchObject({ number });
  });

  it('refuses what saving would refuse, and tells no secret', async () => {
    const { sources } = operator;
    const secret = 'N33dle';
    const add = (source: object): Promise<unknown> =>
      sources.effect('core', { kind: 'add', source: source as SourceCreation }).catch((error: unknown) => error);
    expect(await add(toFeed('vault'))).toMatchObject({
      code: 'FF_INVALID_REQUEST',
      detail: expect.stringMatching(/^target/),
    });
    expect(await add(toFeed('nope'))).toMatchObject({ code: 'FF_NO_SUCH_FEED' });
    const fault = await add({ ...outside, credential: { kind: 'bearer', secret: `${secret} x` } });
    expect(fault).toMatchObject({
      code: 'FF_INVALID_REQUEST',
      detail: expect.stringContaining('source.credential.secret'),
    });
    expect(JSON.stringify([fault, (fault as Error).message, registry.logged()])).not.toContain(secret);
    const remove = sources.effect('core', { kind: 'remove', source: 'nope' });
    await expect(remove).rejects.toMatchObject({ code: 'FF_NO_SUCH_ENTITY' });
  });
});
