/** The one authority: the view in memory, the log behind it, and everybody who follows. */
import { ProblemError } from '@feedfleet/problems';
import { RegistryView } from '@feedfleet/registry-client';
import type { Change, ChangeReceipt, ChangesAnswer, Clock, FleetKeys, Operation } from '@feedfleet/registry-client';

import { validateOperations } from './change-validation.ts';
import { InstanceLeases } from './leases/instance-leases.ts';
import type { RegistryLog } from './registry-log.ts';
import { CaughtProbes } from './sources/caught-probes.ts';
import { Subscribers } from './subscribers.ts';
import type { Poll } from './subscribers.ts';

export interface ProposedChange {
  /** `operator`, or `key <id>`. */
  readonly actor: string;
  readonly summary: string;
  readonly operations: readonly Operation[];
}

/** What the registry knows of the fleet that is not in its log. */
export interface FleetIdentity {
  /** `undefined` without a fleet secret: then no credentials are kept. */
  readonly keys: FleetKeys | undefined;
  /** URLs under which clients and processes reach the balancer. */
  readonly balancerUrls: readonly string[];
}

export interface RegistryOptions {
  readonly log: RegistryLog;
  /** Default: no keys and no URLs. */
  readonly fleet?: FleetIdentity;
  readonly clock: Clock;
}

const maxChangesAnAnswer = 500;
/** Answers to polls that are kept until the next change, so that a thousand followers cost one query. */
const maxKeptAnswers = 64;

/** Whether an operation would leave everything as it is. */
function isIdle(view: RegistryView, { entity, id, value }: Operation): boolean {
  const current = {
    feed: () => view.feedById(id),
    key: () => view.keyById(id),
    family: () => view.familyById(id),
    instance: () => view.instanceById(id),
    route: () => view.routeById(id),
    source: () => view.sourceById(id),
    reroute: () => view.rerouteById(id),
    quarantine: () => view.quarantineOf(id),
    datacenter: () => view.datacenterById(id),
  }[entity]();
  if (value === null || current === undefined) return false;
  const fields = Object.entries(value);
  const before = new Map<string, unknown>(Object.entries(current));
  return fields.length === before.size && fields.every(([name, field]) => isSame(before.get(name), field));
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

export class Registry {
  readonly #log: RegistryLog;
  readonly #clock: Clock;
  readonly #answers = new Map<number, ChangesAnswer>();
  readonly subscribers: Subscribers;
  readonly leases: InstanceLeases;
  readonly caughtProbes = new CaughtProbes();
  readonly fleet: FleetIdentity;
  #view: RegistryView;

  /** @throws {ProblemError} `FF_CORRUPT` when what the log has is not valid. */
  constructor({ log, clock, fleet = { keys: undefined, balancerUrls: [] } }: RegistryOptions) {
    this.fleet = fleet;
    this.#log = log;
    this.#clock = clock;
    this.#view = RegistryView.of(log.snapshot());
    this.leases = new InstanceLeases(log);
    this.subscribers = new Subscribers({ clock, memory: log, number: this.#view.number });
  }

  get view(): RegistryView {
    return this.#view;
  }

  get log(): RegistryLog {
    return this.#log;
  }

  /** An ISO instant. */
  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /**
   * Makes a change, all of it or nothing; what would change nothing uses up no number.
   *
   * @returns the number to wait for.
   * @throws {ProblemError} `FF_CONFLICT` or `FF_INVALID_REQUEST` with the reason, `FF_STORE_UNAVAILABLE`.
   */
  commit({ actor, summary, operations }: ProposedChange): number {
    const effective = operations.filter((operation) => !isIdle(this.#view, operation));
    if (effective.length === 0) return this.#view.number;
    validateOperations(this.#view, effective);
    const change: Change = {
      number: this.#view.number + 1,
      at: this.now(),
      actor: actor.slice(0, 200),
      summary: summary.slice(0, 500),
      operations: [...effective],
    };
    const next = this.#view.apply(change);
    this.#log.append(change);
    this.#view = next;
    this.#answers.clear();
    this.subscribers.wake();
    return change.number;
  }

  /** Waits until all who follow have applied the change. */
  async receipt(number: number, signal: AbortSignal): Promise<ChangeReceipt> {
    return { number, applied: await this.subscribers.applied(number, signal) };
  }

  /** @throws {ProblemError} `FF_CONFLICT` when the follower is ahead: it holds another history. */
  async poll(poll: Poll): Promise<ChangesAnswer> {
    if (poll.after > this.#view.number) {
      throw new ProblemError('conflict', { detail: `after: expected at most ${this.#view.number}, got ${poll.after}` });
    }
    await this.subscribers.wait(poll, this.#view.number);
    return this.#changesAfter(poll.after);
  }

  #changesAfter(after: number): ChangesAnswer {
    const kept = this.#answers.get(after);
    if (kept !== undefined) return kept;
    const { fleetId, number } = this.#view;
    const changes = after === number ? [] : [...this.#log.changesAfter(after, maxChangesAnAnswer)];
    const answer = { fleetId, number, changes };
    if (this.#answers.size < maxKeptAnswers) this.#answers.set(after, answer);
    return answer;
  }
}
