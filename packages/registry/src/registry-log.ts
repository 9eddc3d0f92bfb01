/**
 * The port to durable storage: the change log, the entities as of its last change, and when keys were last used.
 *
 * Every implementation passes the suite in `registry-log-conformance.ts`. Calls are synchronous: the registry has one
 * writer, and a change is either there entirely or not at all.
 */
import type { Change, Instance, Snapshot } from '@feedfleet/registry-client';

export interface KeyUse {
  readonly keyId: string;
  /** ISO instant. */
  readonly lastUsedAt: string;
}

/** What is kept of an instance that registers itself, beside the entity, which goes when it leaves. */
export interface InstanceNote {
  /** Of the lease that it has, in milliseconds; null while it has none. */
  readonly leaseMs: number | null;
  /** What operators have said, and what it gets again when it comes back. */
  readonly weight?: number | undefined;
  readonly state?: Instance['state'] | undefined;
  readonly pool?: Instance['pool'] | undefined;
}

export interface RegistryLog {
  /** Everything as of the last change. @throws {ProblemError} `FF_CORRUPT` when it is not a valid snapshot. */
  snapshot(): Snapshot;

  /**
   * Appends a change and moves the entities on, in one durable transaction.
   *
   * @param change - valid, and its number the next one.
   * @throws {ProblemError} `FF_STORE_UNAVAILABLE`; nothing has changed then.
   */
  append(change: Change): void;

  /** Changes after `number`, oldest first, at most `limit`. */
  changesAfter(number: number, limit: number): readonly Change[];

  /** Whether any change ever was about this entity, also when it is gone. */
  hasEverHad(entity: 'family' | 'route', id: string): boolean;

  /** ISO instants by key id. */
  keyUses(): ReadonlyMap<string, string>;

  /** The later instant stays; keys that do not exist are left out. @returns how many were recorded. */
  recordKeyUses(uses: readonly KeyUse[]): number;

  /** Who followed the registry when it was last up, and did not take leave: whom a write waits for after a restart too. */
  followers(): readonly string[];

  /** @throws {ProblemError} `FF_STORE_UNAVAILABLE`. */
  rememberFollower(id: string): void;

  /** @throws {ProblemError} `FF_STORE_UNAVAILABLE`. */
  forgetFollower(id: string): void;

  /** By id of the instance. */
  instanceNotes(): ReadonlyMap<string, InstanceNote>;

  /** @param note - null for none any more. @throws {ProblemError} `FF_STORE_UNAVAILABLE`. */
  noteInstance(id: string, note: InstanceNote | null): void;

  close(): void;
}
