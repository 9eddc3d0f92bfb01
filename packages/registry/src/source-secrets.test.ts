/** What the registry keeps of package sources that is not for everybody: credentials; and what is found out about them. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fleetKeys, hashKey, unsealSecret } from '@feedfleet/registry-client';
import type { Source, SourceCreation } from '@feedfleet/registry-client';

import { openRegistryUnderTest, operatorToken } from './registry-under-test.ts';
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

async function stored(id: string): Promise<Source> {
  const source = (await registry.operator().snapshot()).sources.find((each) => each.id === id);
  if (source === undefined) throw new Error(`no source ${id}`);
  return source;
}

describe('credentials of sources', () => {
  const secret = 'correct horse & "battery" stäple';
  const credential = { kind: 'basic', userName: 'build', secret } as const;

  it('are sealed for the source, and unsealed with the fleet secret', async () => {
    const { source } = await registry.operator().sources.create('team', { ...foreign, credential });
    expect(source.credential).toEqual({ kind: 'basic', userName: 'build' });
    const sealed = (await stored(source.id)).credential?.secret ?? '';
    expect(unsealSecret(fleetKeys(fleetSecret).sealing, source.id, sealed)).toBe(secret);
  });

  it('have one fingerprint when they are the same, and none that the secret alone gives', async () => {
    const { sources } = registry.operator();
    const fingerprintOf = async (name: string, given: SourceCreation['credential']): Promise<string | undefined> => {
      const { source } = await sources.create('team', { ...foreign, name, credential: given });
      return (await stored(source.id)).credential?.fingerprint;
    };
    const first = await fingerprintOf('a', credential);
    expect(await fingerprintOf('b', credential)).toBe(first);
    expect(await fingerprintOf('c', { ...credential, userName: 'other' })).not.toBe(first);
    expect(await fingerprintOf('d', { kind: 'bearer', secret: 'x' })).not.toBe(hashKey('x'));
  });

  it('do not go along to another place', async () => {
    const { sources } = registry.operator();
    await sources.create('team', { ...foreign, credential });
    const at = { feed: 'team', source: 'up' };
    const there = (text: string): SourceCreation['target'] => ({ kind: 'foreign', url: text });
    for (const target of [
      there('https://evil.example/v3/index.json'),
      there(url.replace('https', 'http')),
      toFeed('core').target,
    ]) {
      const update = sources.update(at, { target });
      await expect(update).rejects.toEqual(problem('FF_INVALID_REQUEST', /^credential: expected it again/));
    }
    const moved = await sources.update(at, { target: there('https://packages.example/v3/other.json') });
    expect(moved.source.credential).toEqual({ kind: 'basic', userName: 'build' });
    const without = await sources.update(at, { target: there('https://evil.example/v3/index.json'), credential: null });
    expect(without.source.credential).toBeNull();
  });

  it('are refused by a registry without a fleet secret, which keeps the sources without', async () => {
    await registry.restart({ fleetSecret: null });
    const { sources } = registry.operator();
    await expect(sources.create('team', { ...foreign, credential })).rejects.toEqual(
      problem('FF_INVALID_REQUEST', /^credential: .*setting fleetSecret/),
    );
    await sources.create('team', foreign);
  });

  it('are missed at the start when the fleet secret is another one', async () => {
    await registry.operator().sources.create('team', { ...foreign, credential });
    await registry.restart({ fleetSecret });
    expect(registry.logged()).not.toContain('sealed with another fleet secret');
    await registry.restart({ fleetSecret: 'x'.repeat(40) });
    expect(registry.logged()).toContain('sealed with another fleet secret');
  });

  it('are nowhere in clear: not in answers, errors, logs, the change log, snapshots or files', async () => {
    const needle = 'N33dle-in-the-haystack';
    const mirror = await registry.openMirror('v2-1');
    const seen: string[] = [];
    const call = async (method: string, where: string, body?: unknown): Promise<void> => {
      const headers = { authorization: `Bearer ${operatorToken}` };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await fetch(registry.url() + where, init);
      seen.push(`${response.status} ${[...response.headers].join()} ${await response.text()}`);
    };
    const at = '/api/feeds/team/sources';
    const kinds = [
      { kind: 'basic', userName: 'u', secret: needle },
      { kind: 'apiKey', secret: needle },
      { kind: 'bearer', secret: needle },
    ];
    for (const given of kinds) await call('POST', at, { ...foreign, name: given.kind, credential: given });
    const faults = [
      { ...foreign, credential: needle },
      { ...foreign, credential: { kind: needle } },
      { ...foreign, credential: { kind: 'apiKey', secret: `${needle} with spaces` } },
      { ...foreign, credential: { kind: 'basic', userName: `${needle}:x`, secret: needle } },
      { ...foreign, credential: { kind: 'basic', userName: 'u', secret: 'x', password: needle } },
      { ...foreign, credential: [needle] },
      { ...foreign, password: needle },
      { ...foreign, target: { kind: 'foreign', url: `https://user:${needle}@packages.example/` } },
      { ...foreign, name: 'basic', credential: kinds[0] },
    ];
    for (const fault of faults) await call('POST', at, fault);
    expect(seen.slice(kinds.length).map((line) => line.slice(0, 3))).toEqual([
      ...Array.from({ length: 8 }, () => '400'),
      '409',
    ]);
    await call('PATCH', `${at}/basic`, { credential: { kind: 'bearer', secret: needle } });
    await call('POST', at, {
      name: 'url',
      target: { kind: 'foreign', url: `${publicUrl}/F/secret/auth/${needle}/api/v2` },
    });
    for (const where of [at, `${at}/basic`, '/api/snapshot', '/api/changes?after=0', '/api/fleet'])
      await call('GET', where);
    expect(seen).toHaveLength(19);
    await mirror.close();
    const entries = await readdir(registry.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    expect(files.some((file) => file.endsWith('.db'))).toBe(true);
    expect(files.some((file) => file.includes('snapshots'))).toBe(true);
    const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    for (const text of [...seen, registry.logged(), ...contents]) {
      expect(text).not.toContain(needle);
      expect(text).not.toContain(Buffer.from(needle).toString('base64').slice(0, 24));
    }
  });

  it('of another feedfleet are taken out of a pre-authenticated URL', async () => {
    const key = `ff_${'a'.repeat(43)}`;
    const target = { kind: 'foreign', url: `https://other.example/F/tools/auth/${key}/api/v3/index.json` } as const;
    const { source, notes } = await registry.operator().sources.create('team', { name: 'x', target });
    expect(source).toMatchObject({
      target: { url: 'https://other.example/F/tools/api/v3/index.json', protocol: 'v3' },
      credential: { kind: 'apiKey' },
    });
    expect(notes).toHaveLength(1);
  });
});

describe('POST /api/source-reports', () => {
  const report = async (source: Source, state: 'pending' | 'clear' | 'caught', more: object = {}): Promise<unknown> => {
    const fingerprint = source.credential?.fingerprint ?? null;
    const reports = [{ source: source.id, url, fingerprint, state, ...more }];
    return registry.operator().sources.report({ reports });
  };
  const loopOf = async (id: string): Promise<unknown> => (await stored(id)).loop;

  it('moves the loop state, and writes the same finding again only after an hour', async () => {
    const { source } = await registry.operator().sources.create('team', foreign);
    const one = await stored(source.id);
    expect(await report(one, 'clear')).toEqual({ recorded: 1, unchanged: 0, outdated: 0 });
    expect(await loopOf(source.id)).toEqual({ state: 'clear', checkedAt: expect.stringMatching(/Z$/) });
    const { number } = await registry.operator().fleet();
    expect(await report(one, 'clear')).toEqual({ recorded: 0, unchanged: 1, outdated: 0 });
    expect(await registry.operator().fleet()).toMatchObject({ number });
    expect(await report(one, 'caught')).toMatchObject({ recorded: 1 });
    expect(await report(one, 'pending')).toMatchObject({ recorded: 1 });
    expect(await loopOf(source.id)).toMatchObject({ state: 'pending' });
  });

  it('is not believed that a probe got lost which came back, however late it is told', async () => {
    const { source } = await registry.operator().sources.create('team', foreign);
    const one = await stored(source.id);
    expect(await report(one, 'caught', { probe: 'one' })).toMatchObject({ recorded: 1 });
    expect(await report(one, 'clear', { probe: 'one' })).toEqual({ recorded: 0, unchanged: 0, outdated: 1 });
    expect(await loopOf(source.id)).toMatchObject({ state: 'caught' });
    expect(await report(one, 'caught', { probe: 'two' })).toMatchObject({ unchanged: 1 });
    expect(await report(one, 'clear', { probe: 'two' })).toMatchObject({ outdated: 1 });
    expect(await report(one, 'clear', { probe: 'three' })).toMatchObject({ recorded: 1 });
  });

  it('does not count for another URL or credential than the source has, nor for feeds of this fleet', async () => {
    const { sources } = registry.operator();
    const { source } = await sources.create('team', foreign);
    const { source: inner } = await sources.create('team', toFeed('core'));
    const one = await stored(source.id);
    const outdated = { recorded: 0, unchanged: 0, outdated: 1 };
    expect(await report(one, 'clear', { url: 'https://packages.example/other' })).toEqual(outdated);
    expect(await report(one, 'clear', { fingerprint: '0'.repeat(64) })).toEqual(outdated);
    expect(await report(one, 'clear', { source: 'source-none' })).toEqual(outdated);
    expect(await report(await stored(inner.id), 'clear')).toEqual(outdated);
  });

  it('is asked for anew when the URL, the protocol or the credential changes, and for nothing else', async () => {
    const { sources } = registry.operator();
    const { source } = await sources.create('team', foreign);
    const at = { feed: 'team', source: source.id };
    const changes = [
      { target: { kind: 'foreign', url: `${url}?x` } },
      { target: { kind: 'foreign', url, protocol: 'v2' } },
      { target: { kind: 'foreign', url }, credential: { kind: 'bearer', secret: 'x' } },
      { credential: null },
    ] as const;
    for (const change of changes) {
      const before = await stored(source.id);
      await report(before, 'clear', before.target.kind === 'foreign' ? { url: before.target.url } : {});
      expect(await loopOf(source.id)).toMatchObject({ state: 'clear' });
      await sources.update(at, { name: 'renamed', include: ['A'], timeoutMs: 500, position: 3, enabled: false });
      expect(await loopOf(source.id)).toMatchObject({ state: 'clear' });
      expect((await sources.update(at, change)).source.loop).toEqual({ state: 'pending', checkedAt: null });
    }
    const inner = await sources.update(at, { target: { kind: 'feed', feed: 'core' } });
    expect(inner.source).toMatchObject({ loop: null, mode: 'proxy' });
  });
});
