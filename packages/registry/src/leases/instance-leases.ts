/**
 * Instances that register themselves: what they say of themselves, together with what operators have said of them.
 *
 * The leases are in memory and a renewal writes nothing; that an instance has one, and the operators' word, is noted on disk, so that
 * a restart of the registry or of the instance loses neither.
 */
import { ProblemError } from '@feedfleet/problems';
import { DEFAULT_DATACENTER } from '@feedfleet/registry-client';
import type { Instance, InstanceChange, LeaseRequest, Operation, RegistryView } from '@feedfleet/registry-client';

import type { InstanceNote, RegistryLog } from '../registry-log.ts';
import { LeaseBook } from './lease-book.ts';
import { whoGoes } from './who-goes.ts';

/** What an operator has said; what they have not is the instance's own to say. */
type Word = Pick<InstanceNote, 'weight' | 'state' | 'pool'>;

export interface LeasedRegistry {
  readonly view: RegistryView;
  commit(change: {
    readonly actor: string;
    readonly summary: string;
    readonly operations: readonly Operation[];
  }): number;
}

const maxLeases = 10_000;
/** What an instance has beyond its lease after a restart of the registry, in milliseconds: it may be waiting to try again. */
const restartGraceMs = 10_000;
const usualWeight = 100;
const noWord: Word = {};

const removal = (id: string): Operation => ({ entity: 'instance', id, value: null });

export class InstanceLeases {
  readonly #book = new LeaseBook();
  readonly #notes: Map<string, InstanceNote>;
  readonly #log: Pick<RegistryLog, 'noteInstance'>;

  constructor(log: Pick<RegistryLog, 'instanceNotes' | 'noteInstance'>) {
    this.#log = log;
    this.#notes = new Map(log.instanceNotes());
    for (const [id, { leaseMs }] of this.#notes) {
      if (leaseMs !== null) this.#book.begin(id, { leaseMs, holder: undefined }, restartGraceMs);
    }
  }

  /**
   * Registers an instance, or renews its lease.
   *
   * @returns the number of the change; `undefined` when everything was as it is.
   * @throws {ProblemError} `FF_CONFLICT` when a newer run of the process has the id, or the registry has no such family.
   */
  hold(registry: LeasedRegistry, id: string, request: LeaseRequest): number | undefined {
    const { leaseMs, holder, isRenewal } = request;
    const before = this.#book.get(id);
    if (isRenewal && before?.holder !== undefined && before.holder !== holder) {
      throw new ProblemError('conflict', {
        detail: `instance ${id}: another process has registered under this id since`,
      });
    }
    if (before === undefined && this.#book.size >= maxLeases) {
      throw new ProblemError('overloaded', { detail: `more than ${maxLeases} instances have a lease` });
    }
    const value = this.#instanceOf(id, request);
    const { number } = registry.view;
    const reached = registry.commit({
      actor: `instance ${id}`,
      summary: `The instance ${id} of ${value.family} serves at ${value.url}`,
      operations: [{ entity: 'instance', id, value }],
    });
    this.#book.begin(id, { leaseMs, holder });
    this.#note(id, { ...this.#notes.get(id), leaseMs });
    return reached === number ? undefined : reached;
  }

  /** @returns the number of the change; `undefined` when it was not there, or is held by another run. */
  leave(registry: LeasedRegistry, id: string, holder: string): number | undefined {
    const lease = this.#book.get(id);
    if (lease?.holder !== undefined && lease.holder !== holder) return undefined;
    return this.#remove(registry, id, { actor: `instance ${id}`, summary: `The instance ${id} leaves` });
  }

  /** Keeps what an operator says of an instance that registers itself, also for its next start. */
  remember(id: string, word: InstanceChange): void {
    const note = this.#notes.get(id);
    if (note !== undefined) this.#note(id, { ...note, ...word });
  }

  /** An operator has removed it: should it be there all the same, it starts anew. */
  forget(id: string): void {
    this.#book.end(id);
    if (this.#notes.delete(id)) this.#log.noteInstance(id, null);
  }

  /** Lets time pass, and removes whose lease is over. */
  elapse(registry: LeasedRegistry, milliseconds: number): void {
    for (const id of whoGoes(registry.view.instances, this.#book.elapse(milliseconds))) {
      this.#remove(registry, id, { actor: 'registry', summary: `The lease of the instance ${id} is over` });
    }
  }

  #instanceOf(id: string, { family, url, datacenter, pool, release, weight }: LeaseRequest): Instance {
    const word: Word = this.#notes.get(id) ?? noWord;
    return {
      ...{ id, family, url },
      weight: word.weight ?? weight ?? usualWeight,
      datacenter: datacenter ?? DEFAULT_DATACENTER,
      state: word.state ?? 'active',
      pool: word.pool ?? pool ?? 'main',
      release: release ?? '',
    };
  }

  #remove(
    registry: LeasedRegistry,
    id: string,
    change: { readonly actor: string; readonly summary: string },
  ): number | undefined {
    const isThere = registry.view.instanceById(id) !== undefined;
    const number = isThere ? registry.commit({ ...change, operations: [removal(id)] }) : undefined;
    this.#book.end(id);
    const note = this.#notes.get(id);
    if (note !== undefined) this.#note(id, { ...note, leaseMs: null });
    return number;
  }

  /** One that says nothing any more is not kept. */
  #note(id: string, note: InstanceNote): void {
    const before = this.#notes.get(id);
    const isEmpty = Object.values(note).every((each) => each === null || each === undefined);
    if (JSON.stringify(before) === JSON.stringify(note)) return;
    if (isEmpty) this.#notes.delete(id);
    else this.#notes.set(id, note);
    this.#log.noteInstance(id, isEmpty ? null : note);
  }
}
