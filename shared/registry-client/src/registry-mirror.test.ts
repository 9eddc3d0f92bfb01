/** A mirror against registries that come, go and lie. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { DEFAULT_BALANCING } from './balancing-model.ts';
import type { Change, Snapshot } from './model.ts';
import { openRegistryMirror } from './registry-mirror.ts';
import type { RegistryMirror } from './registry-mirror.ts';

const at = '2030-01-01T00:00:00.000Z';
const empty: Snapshot = {
  format: 1,
  fleetId: 'f',
  number: 0,
  feeds: [],
  keys: [],
  families: [],
  instances: [],
  routes: [],
  sources: [],
  reroutes: [],
  quarantines: [],
  datacenters: [],
};
const familyChange = (number: number): Change => ({
  number,
  at,
  actor: 'x',
  summary: 'x',
  operations: [
    { entity: 'family', id: `f${number}`, value: { id: `f${number}`, title: '', balancing: DEFAULT_BALANCING } },
  ],
});

/** Answers as it is told to; polls wait until `changes` is called. */
class ScriptedRegistry {
  snapshot: unknown = empty;
  snapshotsServed = 0;
  readonly polls: { readonly after: number; readonly response: ServerResponse }[] = [];
  readonly uses: string[] = [];
  readonly gone: string[] = [];
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      if (url.pathname === '/api/snapshot') {
        this.snapshotsServed += 1;
        send(response, this.snapshot);
      } else if (url.pathname === '/api/changes') {
        this.polls.push({ after: Number(url.searchParams.get('after')), response });
      } else if (url.pathname === '/api/key-usage') {
        request.setEncoding('utf8').on('data', (text: string) => this.uses.push(text));
        request.on('end', () => send(response, { recorded: 1 }));
      } else {
        this.gone.push(url.pathname);
        send(response, { unsubscribed: true });
      }
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.polls.length = 0;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** Answers the poll that waits, once there is one. */
  async answer(body: unknown): Promise<number> {
    await until(() => this.polls.length > 0);
    const poll = this.polls.shift();
    if (poll !== undefined) send(poll.response, body);
    return poll?.after ?? -1;
  }

  changes(...changes: readonly Change[]): Promise<number> {
    return this.answer({ fleetId: 'f', number: changes.at(-1)?.number ?? 0, changes });
  }
}

function send(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

/** Turns the event loop until something holds; the test's own limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

let folder: string;
let registry: ScriptedRegistry;
let mirrors: RegistryMirror[];
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-mirror-'));
  registry = new ScriptedRegistry();
  mirrors = [];
  warnings = [];
  await registry.start();
});
afterEach(async () => {
  await Promise.all(mirrors.map((mirror) => mirror.close()));
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

async function openMirror(signal = new AbortController().signal): Promise<RegistryMirror> {
  const mirror = await openRegistryMirror({
    registryUrl: registry.url,
    token: 'token',
    folder,
    subscriber: 'v2-1',
    log: { info: () => undefined, warn: (message) => void warnings.push(message), error: () => undefined },
    random: () => 0,
    signal,
  });
  mirrors.push(mirror);
  return mirror;
}

async function openReady(): Promise<RegistryMirror> {
  const mirror = await openMirror();
  await mirror.ready(AbortSignal.timeout(10_000));
  return mirror;
}

describe('a registry mirror', () => {
  it('takes the snapshot, then every change, and acknowledges each with its next poll', async () => {
    registry.snapshot = { ...empty, number: 4 };
    const mirror = await openReady();
    const seen: number[] = [];
    mirror.onChange((view) => seen.push(view.number));
    expect(await registry.changes(familyChange(5), familyChange(6))).toBe(4);
    await until(() => mirror.current().number === 6);
    expect(mirror.current().familyById('f6')).toBeDefined();
    expect(await registry.changes(familyChange(7))).toBe(6);
    await until(() => mirror.current().number === 7);
    expect(seen).toEqual([6, 7]);
    expect(mirror.state()).toMatchObject({ number: 7, connected: true, failures: 0 });
  });

  it('has nothing to give before the first snapshot, and is not ready', async () => {
    await registry.stop();
    const mirror = await openMirror();
    expect(() => mirror.current()).toThrow(expect.objectContaining({ code: 'FF_REGISTRY_UNAVAILABLE' }));
    await expect(mirror.ready(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(mirror.state()).toMatchObject({ number: null, connected: false, ageMs: null });
    await registry.start();
    await mirror.ready(AbortSignal.timeout(10_000));
    expect(mirror.current().number).toBe(0);
  });

  it('starts from disk when the registry is down', async () => {
    registry.snapshot = { ...empty, number: 3 };
    await (await openReady()).close();
    await registry.stop();
    const mirror = await openReady();
    expect(mirror.current().number).toBe(3);
    expect(mirror.state().ageMs).toBeNull();
  });

  it('writes what it got last at its end, and says farewell', async () => {
    const mirror = await openReady();
    for (let number = 1; number <= 5; number += 1) await registry.changes(familyChange(number));
    await until(() => mirror.current().number === 5);
    mirror.reportKeyUse('key-1');
    await mirror.close();
    expect(registry.uses.join()).toContain('key-1');
    expect(registry.gone).toEqual(['/api/fleet/subscribers/v2-1']);
    await registry.stop();
    expect((await openReady()).current().number).toBe(5);
  });

  it('keeps the last good view while the registry is down, says so once, and follows again', async () => {
    const mirror = await openReady();
    await registry.changes(familyChange(1));
    await until(() => mirror.current().number === 1);
    await registry.stop();
    await until(() => mirror.state().failures >= 3);
    expect(mirror.current().number).toBe(1);
    expect(mirror.state().connected).toBe(false);
    expect(warnings).toHaveLength(1);
    registry.snapshot = { ...empty, number: 8, families: [{ id: 'new', title: '', balancing: DEFAULT_BALANCING }] };
    await registry.start();
    await until(() => mirror.current().number === 8);
    expect(mirror.state().connected).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a gap in the numbers', { fleetId: 'f', number: 3, changes: [familyChange(1), familyChange(3)] }],
    ['a number that went back', { fleetId: 'f', number: -1, changes: [] }],
    ['another fleet', { fleetId: 'other', number: 1, changes: [familyChange(1)] }],
    ['a bad shape', { fleetId: 'f', number: 1, changes: [{ ...familyChange(1), at: 'yesterday' }] }],
    ['an unknown field', { fleetId: 'f', number: 1, changes: [], extra: true }],
    [
      'a change that does not fit',
      {
        fleetId: 'f',
        number: 1,
        changes: [{ ...familyChange(1), operations: [{ entity: 'feed', id: 'x', value: null }] }],
      },
    ],
    ['no JSON', 'hello'],
  ])('applies nothing of an answer with %s, and fetches everything anew', async (_what, lie) => {
    const mirror = await openReady();
    const before = mirror.current();
    expect(registry.snapshotsServed).toBe(1);
    registry.snapshot = { ...empty, number: 2 };
    await registry.answer(lie);
    await until(() => mirror.state().failures === 1);
    expect(mirror.current()).toBe(before);
    await until(() => mirror.current().number === 2);
    expect(registry.snapshotsServed).toBe(2);
  });

  it.each<[string, unknown]>([
    ['of another fleet', { ...empty, fleetId: 'other', number: 9 }],
    ['with a lower number', { ...empty, number: 1 }],
    [
      'whose routes do not compile',
      { ...empty, number: 9, routes: [{ id: 'r', pattern: '/{', methods: null, family: 'x' }] },
    ],
    ['that is none', { hello: 'world' }],
  ])('refuses a snapshot %s for as long as it is told', async (_what, lie) => {
    registry.snapshot = { ...empty, number: 2 };
    const mirror = await openReady();
    const before = mirror.current();
    registry.snapshot = lie;
    await registry.answer('broken');
    await until(() => mirror.state().failures >= 3);
    expect(mirror.current()).toBe(before);
    expect(warnings).toHaveLength(1);
    registry.snapshot = { ...empty, number: 3 };
    await until(() => mirror.current().number === 3);
  });

  it('ends with its signal', async () => {
    const ending = new AbortController();
    const mirror = await openMirror(ending.signal);
    await mirror.ready(AbortSignal.timeout(10_000));
    ending.abort();
    await mirror.close();
    expect(mirror.current().number).toBe(0);
    expect(mirror.state().connected).toBe(false);
  });
});
