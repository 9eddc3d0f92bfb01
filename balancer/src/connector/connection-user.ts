/** The exchange that has a connection, as the connection sees it: told of each part of the answer, and of whatever ends it. */
import type { ResponseSink } from './response-parser.ts';

export interface ConnectionUser extends ResponseSink {
  /** The connection that it waited for stands. */
  connected(): void;
  /** Everything that one read brought was told. */
  flush(): void;
  /** Whether parts of the buffer that was told of wait to be written. */
  holdsBuffer(): boolean;
  /** The endpoint takes more of the body. */
  drained(): void;
  /** Silence for `idleTimeoutMs`. @returns whether to wait as long once more. */
  mayStaySilent(): boolean;
  /** The exchange cannot go on, and the connection is gone. */
  lost(loss: Loss, error?: unknown): void;
}

export type Loss =
  /** No connection came about in time. */
  | 'unconnected'
  /** The deadline passed before the head of an answer. */
  | 'overdue'
  /** What came is no answer. */
  | 'invalid'
  /** A connection that was used before ended before any byte of an answer. */
  | 'stale'
  /** The connection ended or failed. */
  | 'broken';
