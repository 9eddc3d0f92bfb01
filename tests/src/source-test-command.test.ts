/** `feedfleet source test` against a fleet of real processes, and sources that work or do not. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { makeTestCertificates, SickSource } from '@feedfleet/sick-source';
import type { TestCertificates } from '@feedfleet/sick-source';
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { documentOf as documentOfCommand, feedfleet as runFeedfleet } from './support/feedfleet-command.ts';
import type { EndedCommand } from './support/feedfleet-command.ts';
import { startHeaderProxy } from './support/header-proxy.ts';
import type { HeaderProxy } from './support/header-proxy.ts';

const NEEDLE = 'N33dle-of-the-source-test';
const TEST_MS = 60_000;

let fleet: Fleet;
let folder: string;
let certificates: TestCertificates;
let source: SickSource;
let stripping: HeaderProxy;

const place = (input = '') => ({
  environment: { FEEDFLEET_DATA: fleet.data, FEEDFLEET_API_KEY: fleet.adminKey },
  ...{ workingFolder: folder, input },
});
const feedfleet = (args: readonly string[], input = ''): Promise<EndedCommand> => runFeedfleet(args, place(input));
const documentOf = (...args: readonly string[]) => documentOfCommand(args, place());

interface Step {
  readonly step: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly detail: string;
}

interface Tested {
  readonly code: number;
  readonly out: string;
  readonly works: boolean;
  readonly certificate: { readonly subject: string; readonly validTo: string; readonly daysLeft: number } | null;
  readonly steps: Readonly<Record<string, Step>>;
}

/** The push family follows the registry: a source may take a moment to be known there. */
async function tested(feed: string, name: string, ...rest: readonly string[]): Promise<Tested> {
  const { code, out } = await eventually({ what: `${name} of ${feed} is known`, limitMs: 10_000 }, async () => {
    const ended = await feedfleet(['source', 'test', feed, name, ...rest, '--json']);
    return ended.err.includes('FF_NO_SUCH_ENTITY') ? undefined : ended;
  });
  const document = JSON.parse(out) as Omit<Tested, 'steps'> & { readonly steps: readonly Step[] };
  return { ...document, code, out, steps: Object.fromEntries(document.steps.map((step) => [step.step, step])) };
}

beforeAll(async () => {
  certificates = await makeTestCertificates();
  fleet = await startFleet({ environment: certificates.environment });
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-source-test-'));
  source = await SickSource.open({ id: 'Acme.Core', version: '2.0.0' }, certificates);
  stripping = await startHeaderProxy(fleet.url, ['x-nuget-feedchain']);
  for (const name of ['team', 'looping']) await documentOf('feed', 'create', name);
  await documentOf('feed', 'create', 'vault', '--private');
  const add = ['source', 'add', 'team', 'partner', source.url, '--allow-private-addresses', '--protocol', 'v3'];
  const added = await feedfleet([...add, '--user', 'ci', '--password-stdin'], NEEDLE);
  expect(added).toMatchObject({ code: 0 });
}, TEST_MS);

afterAll(async () => {
  await fleet.stop();
  await source.close();
  await stripping.close();
  await certificates.remove();
  await rm(folder, { recursive: true, force: true });
}, TEST_MS);

describe('feedfleet source test', () => {
  it('tells of a source that works: certificate, protocol, package, missing search, loop probe', async () => {
    const result = await tested('team', 'partner', '--id', 'Acme.Core');
    expect([result.code, result.works]).toEqual([0, true]);
    expect(result.steps).toMatchObject({
      ...{ address: { outcome: 'passed' }, connection: { outcome: 'passed' }, tls: { outcome: 'passed' } },
      ...{ protocol: { outcome: 'passed' }, credential: { outcome: 'passed' }, search: { outcome: 'warning' } },
      ...{ query: { outcome: 'passed' }, loop: { outcome: 'passed' } },
    });
    expect(result.certificate).toMatchObject({ subject: 'sick.example', validTo: certificates.validTo, daysLeft: 89 });
    expect(result.steps.query?.detail).toBe('asked for Acme.Core: 1 version, the newest is 2.0.0');
    const { out } = await feedfleet(['source', 'test', 'team', 'partner']);
    expect(out).toMatch(/tls +ok .*TLSv1\.3, certificate of "sick\.example".*89 days left/);
    expect(out).toContain('partner works.');
  });

  it('tells when the certificate expired, and of one that nobody trusts', async () => {
    await source.become('expired');
    const expired = await tested('team', 'partner');
    expect([expired.code, expired.works]).toEqual([1, false]);
    expect(expired.steps.tls).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_NOT_TRUSTED' });
    expect(expired.steps.tls?.detail).toContain(`the certificate of the source expired at ${certificates.expiredAt}`);
    expect(expired.certificate).toMatchObject({ validTo: certificates.expiredAt });
    expect(expired.steps.loop?.outcome).toBe('skipped');
    await source.become('untrusted');
    const untrusted = await tested('team', 'partner');
    expect(untrusted.steps.tls).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_NOT_TRUSTED' });
    expect(untrusted.steps.tls?.detail).toContain('is self-signed');
    await source.become('well');
  });

  it('names the rule that refuses an address', async () => {
    await documentOf('source', 'add', 'team', 'inside', source.url, '--protocol', 'v3', '--disable');
    const inside = await tested('team', 'inside');
    expect(inside.steps.address).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_ADDRESS_REFUSED' });
    expect(inside.steps.address?.detail).toContain('a loopback address, which it may not');
    const own = ['source', 'add', 'team', 'own', `${fleet.url}/nothing/index.json`, '--protocol', 'v3', '--disable'];
    await documentOf(...own, '--allow-private-addresses');
    expect((await tested('team', 'own')).steps.address?.detail).toContain('an address of this fleet');
  });

  it(
    'catches a source that leads back without the feed chain',
    async () => {
      const url = `${stripping.url}/F/looping/api/v3/index.json`;
      await fleet.registry.sources.create('looping', {
        ...{ name: 'back', target: { kind: 'foreign', protocol: 'v3', url }, allowPrivateAddresses: true },
      });
      const result = await tested('looping', 'back');
      expect([result.works, result.steps.loop?.outcome]).toEqual([false, 'failed']);
      expect(result.steps.loop?.detail).toContain('caught: it leads back to this fleet');
      expect((await fleet.registry.sources.get('looping', 'back')).loop?.state).toBe('caught');
    },
    TEST_MS,
  );

  it('tells whether the key of a feed of this fleet reads it, and when it no longer does', async () => {
    const { key, secret } = (await documentOf('key', 'create', '--feed', 'vault', '--scope', 'read')) as {
      readonly key: { readonly id: string };
      readonly secret: string;
    };
    const add = ['source', 'add', 'team', 'vault', '--feed', 'vault', '--api-key', '-'];
    expect(await feedfleet(add, `${secret}\n`)).toMatchObject({ code: 0 });
    const works = await tested('team', 'vault');
    expect(works).toMatchObject({ code: 0, works: true, steps: { query: { outcome: 'passed' } } });
    await fleet.registry.keys.revoke(key.id);
    const revoked = await eventually({ what: 'the key is revoked', limitMs: 10_000 }, async () => {
      const result = await tested('team', 'vault');
      return result.works ? undefined : result;
    });
    expect(revoked.steps.credential).toMatchObject({ outcome: 'failed', code: 'FF_FORBIDDEN' });
    expect(revoked.steps.credential?.detail).toContain('revoked');
    expect(revoked.out).not.toContain(secret);
  });

  it('leaves no secret in any answer, log or file', async () => {
    const { out } = await tested('team', 'partner');
    expect(out).not.toContain(NEEDLE);
    const entries = await readdir(fleet.data, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    expect(texts.filter((text) => text.includes(NEEDLE))).toEqual([]);
    expect(fleet.screen()).not.toContain(NEEDLE);
  });
});
