/** What the host knows of a request before any protocol code sees it. */

export interface RequestContext {
  /** From `X-Request-Id` when it is a printable token of at most 128 characters, else made here; sent back. */
  readonly requestId: string;
  /** W3C trace context to pass on. */
  readonly traceparent: string;
  /** Whether `traceparent` goes on with the trace that the request came with; only then its `tracestate` may be passed on. */
  readonly continuesTrace: boolean;
  /** Aborts when the client goes away or the deadline passes; `signal.reason` is a ProblemError for the deadline. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left, from `X-Feedfleet-Timeout-Ms` bounded by the host's own limit. */
  remainingMs(): number;
  /** Says that a body moves: the deadline counts anew from now. So a body may take as long as bytes flow, and not longer. */
  progress(): void;
}
