/**
 * A process tells the registry that it is there, for as long as it is, and takes leave before it goes.
 *
 * A registry that is away keeps nobody from serving: whoever reached the process by the last snapshot still does, and it is told as soon
 * as it is back. It may take the instance out when it has not heard of it for a whole lease.
 */
import { randomBytes } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';

import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { LeaseRequest } from './lease-schemas.ts';
import type { MirrorLog } from './mirror-log.ts';
import type { Instance } from './model.ts';
import { RegistryApi } from './registry-api.ts';
import { sendByNode } from './send-by-node.ts';

type RegisteredInstance = Pick<Instance, 'id' | 'family' | 'url' | 'datacenter' | 'pool' | 'release'> & {
  /** Unless an operator has said otherwise. */
  readonly weight?: number | undefined;
};

export interface InstanceRegistrationOptions {
  readonly registryUrl: string;
  /** The operator token. */
  readonly token: string;
  readonly instance: RegisteredInstance;
  readonly log: MirrorLog;
  /** Default 15,000 ms. */
  readonly leaseMs?: number;
  readonly clock?: Clock;
  /** From 0 up to 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
}

const usualLeaseMs = 15_000;
/** Three tries before the lease is over. */
const triesPerLease = 3;
const firstBackoffMs = 100;
const longestBackoffMs = 2_000;
/** Longer than a write waits for those who follow the registry. */
const answerMs = 4_000;
const farewellMs = 3_000;
/** For a registry that did not answer the last time. */
const shortFarewellMs = 500;

/** What a process holds of its registration. */
export interface InstanceRegistration {
  /** Resolves when all who follow the registry know, or it could not be told within three seconds. Idempotent; never rejects. */
  leave(): Promise<void>;
}

/** Registers from now on. Resolves when the first try is over, however it went: within four seconds. */
export async function registerInstance(options: InstanceRegistrationOptions): Promise<InstanceRegistration> {
  const registration = new RunningRegistration(options);
  await registration.start();
  return registration;
}

class RunningRegistration implements InstanceRegistration {
  readonly #options: InstanceRegistrationOptions;
  readonly #clock: Clock;
  readonly #api: RegistryApi;
  readonly #holder = randomBytes(12).toString('base64url');
  readonly #leaving = new AbortController();
  readonly #firstTry = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;
  #left: Promise<void> | undefined;
  #hasRegistered = false;
  #failuresInARow = 0;

  constructor(options: InstanceRegistrationOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#api = new RegistryApi({
      url: options.registryUrl,
      token: options.token,
      send: sendByNode,
      timeoutMs: answerMs,
    });
  }

  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#firstTry.promise;
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await this.#tell(signal);
      this.#firstTry.resolve(undefined);
      await this.#clock.sleep(this.#restMs(), signal).catch(() => undefined);
    }
    this.#firstTry.resolve(undefined);
  }

  async #tell(signal: AbortSignal): Promise<void> {
    const { instance, log } = this.#options;
    try {
      const { change } = await this.#api.leases.hold(instance.id, this.#request(), signal);
      if (this.#failuresInARow > 0 || change !== null) log.info('registered', { 'server.url': instance.url });
      this.#hasRegistered = true;
      this.#failuresInARow = 0;
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #request(): LeaseRequest {
    const { instance, leaseMs = usualLeaseMs } = this.#options;
    const { family, url, datacenter, pool, release, weight } = instance;
    const said = { family, url, datacenter, pool, release, weight };
    return { ...said, leaseMs, holder: this.#holder, isRenewal: this.#hasRegistered };
  }

  /** Logged once for as long as it lasts. */
  #fail(error: unknown): void {
    this.#failuresInARow += 1;
    if (this.#failuresInARow > 1) return;
    this.#options.log.warn('the registry could not be told of this instance', {
      'error.type': error instanceof ProblemError ? error.code : 'Error',
      'error.message': error instanceof Error ? error.message : String(error),
    });
  }

  #restMs(): number {
    const { leaseMs = usualLeaseMs, random = Math.random } = this.#options;
    const jitter = 0.5 + random() / 2;
    const renewMs = leaseMs / triesPerLease;
    if (this.#failuresInARow === 0) return renewMs * jitter;
    return Math.min(longestBackoffMs, renewMs, firstBackoffMs * 2 ** Math.min(this.#failuresInARow - 1, 16)) * jitter;
  }

  async #leave(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
    const limitMs = this.#failuresInARow === 0 ? farewellMs : shortFarewellMs;
    const { id } = this.#options.instance;
    await this.#api.leases.leave(id, this.#holder, AbortSignal.timeout(limitMs)).catch(() => undefined);
  }
}
