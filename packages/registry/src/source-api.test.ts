/** Package sources over the registry's API, as its client sees it. */
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashKey } from '@feedfleet/registry-client';
import type { RegistryApi, Source, SourceCreation } from '@feedfleet/registry-client';

import { openRegistryUnderTest } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

const fleetSecret = 'another-fleet-secret-of-these-tests-01';
const publicUrl = 'https://nuget.fleet.example/base';
const url = 'https://packages.example/v3/index.json';
const foreign = { name: 'up', target: { kind: 'foreign', url } } as const satisfies SourceCreation;
const toFeed = (feed: string, name = 'inner'): SourceCreation => ({ name, target: { kind: 'feed', feed } });

let registry: RegistryUnderTest;
beforeEach(async () => {
  registry = await openRegistryUnderTest({ fleetSecret, balancerUrls: [publicUrl, 'http://127.0.0.1:5555'] });
  for (const name of ['team', 'core']) {
    await registry.operator().feeds.create({ name, visibility: 'public', aliases: [`${name}-old`] });
  }
  await registry.operator().feeds.create({ name: 'secret', visibility: 'private', aliases: ['hidden'] });
});
afterEach(() => registry.dispose());

const problem = (code: string, detail?: RegExp): unknown =>
  expect.objectContaining({ code, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) });

async function keyFor(feeds: 'all' | readonly string[], scopes: readonly ('read' | 'manage')[]): Promise<string> {
  return (await registry.operator().keys.create({ name: 'test', scopes, feeds })).secret;
}

/** A key that manages the feed team and no other. */
async function manager(): Promise<RegistryApi> {
  return registry.apiFor(await keyFor(['team'], ['manage']));
}

async function stored(id: string): Promise<Source> {
  const source = (await registry.operator().snapshot()).sources.find((each) => each.id === id);
  if (source === undefined) throw new Error(`no source ${id}`);
  return source;
}

describe('package sources of a feed', () => {
  it('are added with what they do not say by default, found by name and id, changed and removed', async () => {
    const { sources } = registry.operator();
    const { source, notes, change } = await sources.create('team', foreign);
    expect(source).toMatchObject({
      ...{ name: 'up', position: 0, target: { ...foreign.target, protocol: 'v3' }, credential: null },
      ...{ include: ['*'], exclude: [], mode: 'proxy', required: true, enabled: true },
      loop: { state: 'pending', checkedAt: null },
    });
    expect(notes).toEqual([]);
    expect(change.applied).toEqual({ processes: 0, of: 0 });
    expect(await sources.get('TEAM', 'UP')).toEqual(source);
    expect(await sources.get('team-old', source.id)).toEqual(source);
    const written = await sources.update({ feed: 'team', source: 'up' }, { exclude: ['Acme.*'], required: false });
    expect(written.source).toEqual({ ...source, exclude: ['Acme.*'], required: false });
    await sources.delete('team', 'up');
    await expect(sources.get('team', 'up')).rejects.toEqual(problem('FF_NO_SUCH_ENTITY', /has no source "up"/));
    expect(await sources.list('team')).toEqual([]);
  });

  it('of version 2 are known by their URL, unless the protocol is said', async () => {
    const { sources } = registry.operator();
    const create = async (name: string, target: { url: string; protocol?: 'v2' | 'v3' }): Promise<unknown> =>
      (await sources.create('team', { name, target: { kind: 'foreign', ...target } })).source.target;
    expect(await create('a', { url: 'https://packages.example/api/v2/' })).toMatchObject({ protocol: 'v2' });
    expect(await create('b', { url: 'https://packages.example/INDEX.JSON?x=1' })).toMatchObject({ protocol: 'v3' });
    expect(await create('c', { url: 'HTTPS://Packages.Example:443/odd', protocol: 'v3' })).toEqual({
      ...{ kind: 'foreign', protocol: 'v3' },
      url: 'https://packages.example/odd',
    });
  });

  it('are kept over a restart, and go with their feed and with the feed that they lead to', async () => {
    const { sources, feeds } = registry.operator();
    await sources.create('team', foreign);
    await sources.create('team', toFeed('core'));
    await sources.create('core', toFeed('team', 'back'));
    const before = await registry.operator().snapshot();
    await registry.restart();
    expect(await registry.operator().snapshot()).toEqual(before);
    await feeds.delete('core');
    expect((await registry.operator().snapshot()).sources.map(({ name }) => name)).toEqual(['up']);
    await feeds.delete('team');
    expect((await registry.operator().snapshot()).sources).toEqual([]);
  });

  it('take their place, and the others make room', async () => {
    const { sources } = registry.operator();
    const names = async (): Promise<readonly string[]> => {
      const listed = await sources.list('team');
      expect(listed.map(({ position }) => position)).toEqual(listed.map((_, index) => index));
      return listed.map(({ name }) => name);
    };
    for (const name of ['a', 'b', 'c']) await sources.create('team', { ...foreign, name });
    await sources.create('team', { ...foreign, name: 'first', position: 0 });
    expect(await names()).toEqual(['first', 'a', 'b', 'c']);
    await sources.update({ feed: 'team', source: 'first' }, { position: 2 });
    expect(await names()).toEqual(['a', 'b', 'first', 'c']);
    await sources.update({ feed: 'team', source: 'a' }, { position: 9999 });
    expect(await names()).toEqual(['b', 'first', 'c', 'a']);
    await sources.delete('team', 'first');
    await sources.update({ feed: 'team', source: 'c' }, { enabled: false });
    expect(await names()).toEqual(['b', 'c', 'a']);
  });

  it('use up no number when nothing changes', async () => {
    const { sources } = registry.operator();
    await sources.create('team', foreign);
    const { number } = await registry.operator().fleet();
    const { change } = await sources.update({ feed: 'team', source: 'up' }, { ...foreign, enabled: true });
    expect(change.number).toBe(number);
  });

  it('are followed by who follows the registry', async () => {
    const mirror = await registry.openMirror('v2-1');
    const { source, change } = await registry.operator().sources.create('team', toFeed('core'));
    while (mirror.current().number < change.number) await delay(5);
    const feed = mirror.current().feedByName('team');
    expect(mirror.current().sourcesOf(feed?.id ?? '')).toMatchObject([{ id: source.id, position: 0 }]);
  });

  it('are refused when two have one name, and when the feed is not there', async () => {
    const { sources } = registry.operator();
    await sources.create('team', foreign);
    await expect(sources.create('team', { ...foreign, name: 'UP' })).rejects.toEqual(problem('FF_CONFLICT', /"UP"/));
    await expect(sources.create('nope', foreign)).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
    await expect(sources.create('team', toFeed('nope'))).rejects.toEqual(
      problem('FF_NO_SUCH_FEED', /^target: .*"nope"/),
    );
  });
});

describe('the hosts of sources', () => {
  it('are told once each to the operator, those of most sources first, without those that are never asked by https', async () => {
    const { sources } = registry.operator();
    const add = (name: string, url: string, enabled = true): Promise<unknown> =>
      sources.create('team', { name, enabled, target: { kind: 'foreign', url } });
    await add('a', 'https://one.example/api/v2');
    await add('b', 'https://two.example:8443/v3/index.json');
    await add('c', 'https://two.example:8443/other/v3/index.json');
    await add('d', 'http://plain.example/v3/index.json');
    await add('e', 'https://off.example/v3/index.json', false);
    await sources.create('core', toFeed('team'));
    expect(await sources.hosts()).toEqual({
      hosts: [
        { host: 'two.example', port: 8443, allowPrivateAddresses: false },
        { host: 'one.example', port: 443, allowPrivateAddresses: false },
      ],
      left: 0,
    });
  });
});

describe('a source that is a feed of this fleet', () => {
  it('may be the feed itself, which is said', async () => {
    const { source, notes } = await registry.operator().sources.create('team', toFeed('team-old'));
    expect(source.target).toMatchObject({ kind: 'feed', name: 'team' });
    expect(source.loop).toBeNull();
    expect(notes).toEqual([expect.stringContaining('refers to itself')]);
  });

  it.each([
    [`${publicUrl}/F/core/api/v3/index.json`],
    [`${publicUrl}/f/CORE-OLD`],
    [`https://NUGET.fleet.example:443/base/F/core/api/v2/`],
    ['http://127.0.0.1:5555/F/core/api/v2'],
    ['http://localhost:5555//F/core/api/v2'],
    ['http://[::1]:5555/F/core'],
    ['http://127.0.0.1:6001/F/core/api/v3/index.json'],
  ])('is recognized in %s', async (own) => {
    await registry.operator().instances.put('v3-1', { family: 'v3', url: 'http://127.0.0.1:6001' });
    const target = { kind: 'foreign', url: own } as const;
    const { source, notes } = await registry.operator().sources.create('team', { name: 'x', target });
    expect(source.target).toMatchObject({ kind: 'feed', name: 'core' });
    expect(notes).toEqual([expect.stringContaining('names the feed core of this fleet')]);
  });

  it.each([
    ['https://nuget.fleet.example/F/core/api/v3/index.json'],
    ['http://nuget.fleet.example/base/F/core'],
    ['http://127.0.0.1:5556/F/core'],
    [`${publicUrl}/other/F/core`],
  ])('is not recognized in %s', async (other) => {
    const target = { kind: 'foreign', url: other } as const;
    const { source } = await registry.operator().sources.create('team', { name: 'x', target });
    expect(source.target).toMatchObject({ kind: 'foreign', url: other });
  });

  it('is private only with a credential that may read it now, whichever way the key is sent', async () => {
    const { sources } = registry.operator();
    const secret = await keyFor(['secret'], ['read']);
    const other = await keyFor(['core'], ['read']);
    const refused = async (credential: SourceCreation['credential']): Promise<void> => {
      const create = sources.create('team', { ...toFeed('hidden'), credential });
      await expect(create).rejects.toEqual(problem('FF_INVALID_REQUEST', /^target: expected a public feed.*"hidden"/));
    };
    await refused(null);
    await refused({ kind: 'apiKey', secret: 'wrong' });
    await refused({ kind: 'bearer', secret: other });
    for (const kind of ['apiKey', 'bearer'] as const) {
      const { source } = await sources.create('team', { ...toFeed('secret', kind), credential: { kind, secret } });
      expect((await stored(source.id)).credential?.fingerprint).toBe(hashKey(secret));
    }
    const basic = { kind: 'basic', userName: 'x', secret } as const;
    await sources.create('team', { ...toFeed('secret', 'basic'), credential: basic });
    const atUrl = { kind: 'foreign', url: `${publicUrl}/F/secret/auth/${secret}/api/v2` } as const;
    const { source, notes } = await sources.create('team', { name: 'url', target: atUrl });
    expect(source).toMatchObject({ target: { kind: 'feed', name: 'secret' }, credential: { kind: 'apiKey' } });
    expect(notes.join()).not.toContain(secret);
    const twice = sources.create('team', { name: 'twice', target: atUrl, credential: basic });
    await expect(twice).rejects.toEqual(problem('FF_INVALID_REQUEST', /^credential: expected one credential/));
  });

  it('can be changed otherwise when its credential was revoked meanwhile', async () => {
    const operator = registry.operator();
    const { key, secret } = await operator.keys.create({ name: 'r', scopes: ['read'], feeds: ['secret'] });
    const credential = { kind: 'apiKey', secret } as const;
    await operator.sources.create('team', { ...toFeed('secret'), credential });
    await operator.keys.revoke(key.id);
    const at = { feed: 'team', source: 'inner' };
    expect((await operator.sources.update(at, { enabled: false })).source).toMatchObject({ enabled: false });
    await expect(operator.sources.update(at, { credential })).rejects.toEqual(problem('FF_INVALID_REQUEST', /revoked/));
  });
});

describe('a key that manages certain feeds', () => {
  it('manages their sources, and those of no other', async () => {
    const { sources } = await manager();
    await sources.create('team', foreign);
    expect(await sources.list('team')).toHaveLength(1);
    await expect(sources.list('core')).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
    await expect(sources.create('core', foreign)).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
    const reports = [{ source: 'x', url, fingerprint: null, state: 'clear' as const }];
    await expect(sources.report({ reports })).rejects.toEqual(problem('FF_FORBIDDEN'));
  });

  it('is told the same of a private feed and of one that is not there', async () => {
    const { sources } = await manager();
    const details: unknown[] = [];
    for (const named of ['hidden', 'nothing']) {
      for (const target of [
        toFeed(named).target,
        { kind: 'foreign' as const, url: `${publicUrl}/F/${named}/api/v2` },
      ]) {
        const error: unknown = await sources.create('team', { name: 'x', target }).catch((caught: unknown) => caught);
        expect(error).toEqual(problem('FF_INVALID_REQUEST'));
        details.push((error as { detail: string }).detail.replace(named, 'NAME'));
      }
    }
    expect(new Set(details).size).toBe(1);
    expect(JSON.stringify(details)).not.toContain('secret');
  });

  it('sees the name of a private feed only as long as the source may read it', async () => {
    const operator = registry.operator();
    const { key, secret } = await operator.keys.create({ name: 'r', scopes: ['read'], feeds: ['secret'] });
    await operator.sources.create('team', { ...toFeed('secret'), credential: { kind: 'apiKey', secret } });
    const { sources } = await manager();
    expect((await sources.get('team', 'inner')).target).toMatchObject({ name: 'secret' });
    await operator.keys.revoke(key.id);
    expect((await sources.get('team', 'inner')).target).toMatchObject({ name: null });
    expect((await operator.sources.get('team', 'inner')).target).toMatchObject({ name: 'secret' });
  });

  it('opens no private address, and sends no credential in clear', async () => {
    const { sources } = await manager();
    const inside = { ...foreign, allowPrivateAddresses: true };
    await expect(sources.create('team', inside)).rejects.toEqual(problem('FF_FORBIDDEN', /^allowPrivateAddresses/));
    const plain = { kind: 'foreign', url: 'http://packages.example/v3/index.json' } as const;
    const credential = { kind: 'bearer', secret: 'x' } as const;
    const create = sources.create('team', { name: 'x', target: plain, credential });
    await expect(create).rejects.toEqual(problem('FF_FORBIDDEN', /plain http/));
    await sources.create('team', { name: 'plain', target: plain });
    await expect(sources.update({ feed: 'team', source: 'plain' }, { credential })).rejects.toEqual(
      problem('FF_FORBIDDEN'),
    );
    const { notes } = await registry.operator().sources.create('team', { name: 'x', target: plain, credential });
    expect(notes).toEqual([expect.stringContaining('plain http')]);
  });

  it('may change what an administrator opened, but not to another place', async () => {
    await registry.operator().sources.create('team', { ...foreign, allowPrivateAddresses: true });
    const { sources } = await manager();
    const at = { feed: 'team', source: 'up' };
    await sources.update(at, { required: false });
    const target = { kind: 'foreign', url: 'https://10.0.0.1/v3/index.json' } as const;
    await expect(sources.update(at, { target })).rejects.toEqual(problem('FF_FORBIDDEN', /^allowPrivateAddresses/));
    await sources.update(at, { target, allowPrivateAddresses: false });
    await expect(sources.update(at, { allowPrivateAddresses: true })).rejects.toEqual(problem('FF_FORBIDDEN'));
  });
});
