/** Why a source gave no answer. */

/**
 * - `refused`: nobody listens, or there is no way there
 * - `timeout`: too late: to connect, to begin, to go on or to end
 * - `reset`: the connection broke off
 * - `dns`: its name cannot be resolved
 * - `tls`: no trusted connection, but for an expired certificate
 * - `certificateExpired`: `certificateExpiredAt` has the date
 * - `blockedAddress`: it leads where it may not lead
 * - `tooLarge`: more bytes than were allowed, or a body that swells without measure
 * - `badRedirect`: to nowhere, in circles, or from https to http
 * - `breakerOpen`: it failed lately, and was not asked
 * - `saturated`: as many requests to it as it may have are under way, and it was not asked
 * - `status`: it said so itself: 408, 425, 429 or a status from 500 on; `status` has it
 * - `malformed`: it does not speak HTTP, or its body is not encoded as it says
 * - `cancelled`: nobody waits any more
 */
export type SourceFailureKind =
  | 'refused'
  | 'timeout'
  | 'reset'
  | 'dns'
  | 'tls'
  | 'certificateExpired'
  | 'blockedAddress'
  | 'tooLarge'
  | 'badRedirect'
  | 'breakerOpen'
  | 'saturated'
  | 'status'
  | 'malformed'
  | 'cancelled';

export interface SourceFailureOptions {
  /** One sentence for everybody, about "the source": no host, no address, no URL, no secret. */
  readonly detail: string;
  /** Where it failed, for those who manage the source: scheme, host and port, perhaps the address. */
  readonly where?: string | undefined;
  readonly status?: number | undefined;
  readonly certificateExpiredAt?: string | undefined;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly kind: SourceFailureKind;
  readonly detail: string;
  readonly where: string | undefined;
  readonly status: number | undefined;
  /** ISO instant. */
  readonly certificateExpiredAt: string | undefined;
  /** When it is worth trying again, in milliseconds; 0 when nothing is known. */
  readonly retryAfterMs: number;
  /** Requests that were really sent. */
  requests = 0;

  constructor(kind: SourceFailureKind, options: SourceFailureOptions) {
    super(`${kind}: ${options.detail}`, { cause: options.cause });
    this.kind = kind;
    this.detail = options.detail;
    this.where = options.where;
    this.status = options.status;
    this.certificateExpiredAt = options.certificateExpiredAt;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}
