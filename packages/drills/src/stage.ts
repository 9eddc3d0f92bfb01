/**
 * A fleet as a drill has it: feeds, packages and sources of its own, requests to it, its processes. Everything that is changed here is
 * changed back at the end, the last first.
 */
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import type { Family, FeedCreation, SourceCreation } from '@feedfleet/registry-client';
import { samplePackage } from '@feedfleet/sample-package';
import { FleetProcesses, portsOf } from '@feedfleet/throwaway-fleet';

import type { MisbehaviourOrder } from './faults/misbehaving-process.ts';
import type { DrillFleet } from './fleet-under-drill.ts';
import { settled } from './settled.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly text: string;
  readonly tookMs: number;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** In milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
}

const ASK_MS = 15_000;
/** How long one thing may take to be undone, in milliseconds. */
const UNDO_MS = 20_000;
/** Between two looks at what is to settle, in milliseconds. */
const SETTLE_MS = 100;

export interface StageOptions {
  /** How long the fault lasts, in milliseconds. */
  readonly faultMs: number;
  readonly isShort: boolean;
  readonly isGuarded: boolean;
  /** Aborts when the drill is broken off: nothing is asked any more then, only taken back. */
  readonly signal: AbortSignal;
}

export class Stage {
  readonly fleet: DrillFleet['fleet'];
  readonly certificates: DrillFleet['certificates'];
  readonly processes: FleetProcesses;
  readonly isShort: boolean;
  readonly isGuarded: boolean;
  readonly faultMs: number;
  readonly signal: AbortSignal;
  readonly #orderFile: string | undefined;
  readonly #run = randomUUID().slice(0, 6);
  readonly #undos: (() => Promise<unknown>)[] = [];

  constructor({ fleet, certificates, orderFile }: DrillFleet, { isShort, isGuarded, faultMs, signal }: StageOptions) {
    this.fleet = fleet;
    this.certificates = certificates;
    this.processes = new FleetProcesses(fleet);
    this.isShort = isShort;
    this.isGuarded = isGuarded;
    this.faultMs = faultMs;
    this.signal = signal;
    this.#orderFile = orderFile;
  }

  /** Whether the fleet was started for drills, so that nobody else asks it anything. */
  get isOwn(): boolean {
    return this.#orderFile !== undefined;
  }

  /** A name that nothing else has. */
  name(part: string): string {
    return `drill-${this.#run}-${part}`;
  }

  /** For the end, in the other order. */
  later(undo: () => Promise<unknown>): void {
    this.#undos.push(undo);
  }

  /** @returns its name. */
  async addFeed(part: string, feed: Omit<FeedCreation, 'name'> = {}): Promise<string> {
    const { feeds } = this.fleet.registry;
    const name = this.name(part);
    await feeds.create({ visibility: 'public', ...feed, name });
    this.later(() => feeds.delete(name));
    return name;
  }

  async push(feed: string, id: string, version = '1.0.0', content?: Buffer): Promise<Buffer> {
    const body = samplePackage({ id, version, ...(content === undefined ? {} : { content }) });
    const { status, text } = await this.send(feed, body);
    if (status !== 201) throw new Error(`the push of ${id} ${version} to ${feed} answered ${status} ${text}`);
    return body;
  }

  /** A push, however it ends. */
  send(feed: string, body: Buffer): Promise<Answer> {
    const headers = { 'x-nuget-apikey': this.fleet.adminKey, 'content-type': 'application/octet-stream' };
    return this.ask(`/F/${feed}/api/v2/package/`, { method: 'PUT', headers, body });
  }

  /** @param path - from the root of the balancer. @throws when there is no answer, or not all of it. */
  async ask(
    path: string,
    { method = 'GET', headers = {}, body, timeoutMs = ASK_MS }: AskOptions = {},
  ): Promise<Answer> {
    const begun = performance.now();
    const answer = await fetch(this.fleet.url + path, {
      ...{ method, headers, signal: this.#within(timeoutMs) },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const tookMs = performance.now() - begun;
    return { status: answer.status, headers: answer.headers, body: bytes, text: bytes.toString(), tookMs };
  }

  /** Another feed of the fleet as a source. */
  async addFeedSource(feed: string, target: string): Promise<void> {
    await this.fleet.registry.sources.create(feed, { name: target, target: { kind: 'feed', feed: target } });
  }

  /** A foreign source on this machine, known not to lead back here. */
  async addForeignSource(feed: string, url: string, source: Partial<SourceCreation> = {}): Promise<void> {
    const { sources } = this.fleet.registry;
    const { source: created } = await sources.create(feed, {
      ...{ name: 'abroad', target: { kind: 'foreign', url, protocol: 'v3' }, freshMs: 0, staleMs: 0 },
      ...{ allowPrivateAddresses: true, ...source },
    });
    await sources.report({ reports: [{ source: created.id, url, fingerprint: null, state: 'clear' }] });
  }

  /** Changes how a family is balanced until the end. */
  async balance(family: string, balancing: Partial<Family['balancing']>): Promise<void> {
    const { families } = this.fleet.registry;
    const former = (await families.list()).find(({ id }) => id === family);
    await families.update(family, { balancing });
    if (former === undefined) return;
    // What was not changed here may have been changed by others meanwhile.
    const fields = Object.entries(former.balancing).filter(([field]) => field in balancing);
    const changed = Object.fromEntries(fields) as Partial<Family['balancing']>;
    this.later(() => families.update(family, { balancing: changed }));
  }

  /** Has processes do wrong. @throws where the fleet was not started for it. */
  order(instances: readonly string[], order: MisbehaviourOrder): void {
    if (this.#orderFile === undefined) throw new Error('this fleet was not started for drills');
    writeFileSync(this.#orderFile, JSON.stringify(order));
    for (const instance of instances) this.processes.signal(instance, 'SIGUSR2');
  }

  /** Processes that start from now on do no wrong. */
  revoke(): void {
    if (this.#orderFile !== undefined) rmSync(this.#orderFile, { force: true });
  }

  /** Sum of the series of a metric of the balancer. @param having - part of the labels of those that count. */
  async balancerMetric(name: string, having = ''): Promise<number> {
    const url = `http://127.0.0.1:${portsOf(this.fleet)['balancer-1.ops'] ?? 0}/metrics`;
    const answer = await fetch(url, { signal: this.#within(ASK_MS) });
    const lines = (await answer.text()).split('\n');
    return lines
      .filter((line) => line.startsWith(`${name}{`) && line.includes(having))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /**
   * Everything that the balancer did for a family so far, once it says the same twice: it counts a request right after its answer.
   *
   * @returns undefined where it never does, because others ask it all the time.
   */
  settledRequests(family: string): Promise<number | undefined> {
    const count = (): Promise<number> => this.balancerMetric('feedfleet_balancer_requests_total', `family="${family}"`);
    return settled(count, () => this.pause(SETTLE_MS));
  }

  /** @throws when the drill is broken off. */
  async pause(lengthMs: number): Promise<void> {
    await delay(lengthMs, undefined, { signal: this.signal });
  }

  /** Whether an instance says that it is ready, by itself. */
  async isReady(instance: string): Promise<boolean> {
    const port = portsOf(this.fleet)[instance];
    if (port === undefined) return false;
    try {
      const signal = AbortSignal.timeout(1_000);
      return (await fetch(`http://127.0.0.1:${port}/health/ready`, { signal })).status === 200;
    } catch {
      return false;
    }
  }

  #within(limitMs: number): AbortSignal {
    return AbortSignal.any([this.signal, AbortSignal.timeout(limitMs)]);
  }

  /** Takes everything back. @throws AggregateError of what could not be. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.#undos.splice(0).toReversed()) {
      const late = delay(UNDO_MS, undefined, { ref: false }).then(() => {
        throw new Error(`not taken back within ${UNDO_MS} ms`);
      });
      await Promise.race([undo(), late]).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} changes could not be taken back`);
  }
}
