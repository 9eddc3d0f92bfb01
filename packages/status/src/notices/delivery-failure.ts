/** Why a notice did not arrive. The message goes on after "not sent:", and names no secret. */

export interface DeliveryFailureOptions {
  /** Whether the target said no for a reason that time does not mend. */
  readonly isRefused?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export class DeliveryFailure extends Error {
  readonly isRefused: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { isRefused = false, retryAfterMs, cause }: DeliveryFailureOptions = {}) {
    super(message, { cause });
    this.name = 'DeliveryFailure';
    this.isRefused = isRefused;
    this.retryAfterMs = retryAfterMs;
  }
}
