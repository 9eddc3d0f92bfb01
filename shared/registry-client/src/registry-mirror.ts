/** Signatures; the mirror follows. */
import type { Clock } from './clock.ts';
import type { RegistryView } from './registry-view.ts';

type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The part of the host's log that a mirror writes to. */
export interface MirrorLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, error: unknown, fields?: LogFields): void;
}

export interface RegistryMirrorOptions {
  readonly registryUrl: string;
  /** Bearer token towards the registry. */
  readonly token: string;
  /** Where snapshots are kept: `<data>/snapshots/<instance>`. Made when it is missing. */
  readonly folder: string;
  /** Id of this process towards the registry: its instance. */
  readonly subscriber: string;
  readonly log: MirrorLog;
  readonly clock?: Clock;
  /** Ends the mirror, like `close`. */
  readonly signal: AbortSignal;
}

export interface MirrorState {
  /** Number of the view; `null` before the first. */
  readonly number: number | null;
  /** Whether the last exchange with the registry succeeded. */
  readonly connected: boolean;
  /** Milliseconds since the registry last confirmed the view; `null` when it has not yet since the start. */
  readonly ageMs: number | null;
  /** Exchanges that failed, and answers that were refused, since the start. */
  readonly failures: number;
}

export interface RegistryMirror {
  /** @throws {ProblemError} `FF_REGISTRY_UNAVAILABLE` only when there never was a snapshot. */
  current(): RegistryView;
  /** Resolves when there is a view, from disk or from the registry; rejects with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  onChange(listener: (view: RegistryView) => void): () => void;
  state(): MirrorState;
  /** Best effort: batched, bounded, sent every 10 s and at close. */
  reportKeyUse(keyId: string): void;
  /** Writes what is not on disk yet and lets go. Idempotent. */
  close(): Promise<void>;
}

export function openRegistryMirror(options: RegistryMirrorOptions): Promise<RegistryMirror> {
  return Promise.reject(new Error(`not here yet: ${options.subscriber}`));
}
