/** For tests: the command in process, against a registry that remembers what it was asked, in a folder of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { DEFAULT_BALANCING, instanceSchema, DEFAULT_FEED_POLICY } from '@feedfleet/registry-client';
import type { Feed, KeySummary } from '@feedfleet/registry-client';

import { FixtureSteering } from './steering/fixture-steering.ts';
import { FixtureSources } from './sources/fixture-sources.ts';
import type { CliParts, RegistryAddress, RegistryPort } from './parts.ts';
import { buildProgram } from './program.ts';

export const KEY = 'ff_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
export const change = { number: 7, applied: { processes: 2, of: 2 } };
/** Options that name a registry and a key, so that no data folder is looked for. */
export const elsewhere = ['--registry', 'https://registry.example.org', '--key', KEY];

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const feedOf = (name: string): Feed => ({
  id: `id-${name}`,
  name,
  aliases: [],
  visibility: 'public',
  owner: 'operator',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 250_000_000,
  ...DEFAULT_FEED_POLICY,
  createdAt: '2026-01-01T00:00:00.000Z',
});

const keyOf = (id: string, expiresAt: string | null): KeySummary => ({
  id,
  name: 'build',
  owner: 'operator',
  feeds: ['id-acme'],
  scopes: ['push'],
  packageGlobs: ['*'],
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt,
  lastUsedAt: null,
});

export const errorOf = ({ err }: Ended): { readonly code: string; readonly detail?: string } =>
  (JSON.parse(err) as { readonly error: { readonly code: string } }).error;

export class CliFixture {
  readonly folder: string;
  /** Registries that were opened, and calls that they got. */
  readonly opened: RegistryAddress[] = [];
  readonly calls: (readonly unknown[])[] = [];
  readonly feeds: readonly Feed[] = [feedOf('acme')];
  /** What every call fails with. */
  failure: ProblemError | undefined;
  /** The receipt of every revocation. */
  change = change;
  /** Standard input. */
  input = '';
  readonly sources = new FixtureSources();
  readonly steering = new FixtureSteering();
  /** Of the one instance that the registry knows. */
  instanceUrl = '';

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<CliFixture> {
    return new CliFixture(await mkdtemp(path.join(tmpdir(), 'feedfleet-cli-')));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async run(args: readonly string[], changes: Partial<CliParts> = {}): Promise<Ended> {
    let [out, err] = ['', ''];
    const { run } = buildProgram({
      version: '1.2.3',
      environment: {},
      workingFolder: this.folder,
      stdout: { write: (text) => void (out += text), terminal: undefined },
      stderr: { write: (text) => void (err += text), terminal: undefined },
      confirm: undefined,
      readInput: () => Promise.resolve(this.input),
      clock: { now: () => Date.parse('2026-01-01T00:00:00Z'), sleep: () => Promise.resolve() },
      random: () => 0,
      signal: new AbortController().signal,
      openRegistry: (address) => {
        this.opened.push(address);
        return this.#registry();
      },
      openBalancer: (address) => this.steering.balancer(address),
      ...changes,
    });
    const code = await run(args);
    return { code, out, err };
  }

  /** What a supervisor leaves for the operator. */
  async layDataFolder(): Promise<void> {
    const data = path.join(this.folder, 'data');
    await mkdir(path.join(data, 'secrets'), { recursive: true });
    const ports = { 'balancer-1.ops': 7001, 'balancer-2.ops': 7002, 'v2-1': 7003 };
    const fleet = { registryUrl: 'http://127.0.0.1:5000', balancerUrl: 'http://127.0.0.1:5555/', ports };
    await writeFile(path.join(data, 'fleet.json'), JSON.stringify(fleet));
    await writeFile(path.join(data, 'secrets', 'operator.token'), 'operator-token\n');
  }

  #answer<T>(value: T, ...call: readonly unknown[]): Promise<T> {
    this.calls.push(call);
    return this.failure === undefined ? Promise.resolve(value) : Promise.reject(this.failure);
  }

  #find(name: string): Feed {
    const feed = this.feeds.find((each) => each.name === name);
    if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: name });
    return feed;
  }

  /** Fails as every call does. */
  #steering(): FixtureSteering['ports'] {
    const { ports } = this.steering;
    if (this.failure === undefined) return ports;
    const { failure } = this;
    const failing = { get: () => () => Promise.reject(failure) };
    return Object.fromEntries(
      Object.keys(ports).map((name) => [name, new Proxy({}, failing)]),
    ) as unknown as FixtureSteering['ports'];
  }

  #registry(): RegistryPort {
    return {
      ...this.#steering(),
      feeds: {
        list: () => this.#answer(this.feeds, 'feeds.list'),
        get: async (name) => await this.#answer(this.#find(name), 'feeds.get', name),
        create: (feed) =>
          this.#answer({ feed: { ...feedOf(feed.name), ...(feed as Partial<Feed>) }, change }, 'feeds.create', feed),
        update: async (name, changes) =>
          await this.#answer(
            { feed: { ...this.#find(name), ...(changes as Partial<Feed>) }, change },
            'feeds.update',
            name,
            changes,
          ),
        delete: (id) => this.#answer({ change }, 'feeds.delete', id),
      },
      keys: {
        list: () =>
          this.#answer<readonly KeySummary[]>(
            [keyOf('k1', '2025-01-01T00:00:00.000Z'), keyOf('k2', null)],
            'keys.list',
          ),
        create: (key) =>
          this.#answer({ key: keyOf('k3', key.expiresAt ?? null), secret: KEY, change }, 'keys.create', key),
        revoke: (id) => this.#answer({ change: this.change }, 'keys.revoke', id),
      },
      sources: this.sources.port((value, ...call) => this.#answer(value, ...call)),
      fleet: () =>
        this.#answer({
          fleetId: 'fleet-1',
          number: 9,
          families: [
            { id: 'v2', title: 'v2', balancing: DEFAULT_BALANCING },
            { id: 'v3', title: 'v3', balancing: DEFAULT_BALANCING },
          ],
          instances: [
            { ...instanceSchema.parse({ id: 'v2-1', family: 'v2', url: 'http://127.0.0.1:1' }), url: this.instanceUrl },
          ],
          subscribers: [{ id: 'v2-1', number: 7, lastPollAt: '2026-01-01T00:00:00.000Z', isPolling: true }],
        }),
    };
  }
}
