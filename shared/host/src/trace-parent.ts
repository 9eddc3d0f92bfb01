/**
 * The trace context that a request is passed on with.
 *
 * Source: W3C, "Trace Context", section 3.2 "Traceparent header", and section 4.3 "Processing Model".
 */
import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;
/** Behind the version. */
const TRACE_ID_AT = 3;
const TRACE_ID_LENGTH = 32;

export interface TraceParentOptions {
  /** Gives that many random bytes as lower-case hex. */
  readonly randomHex?: (bytes: number) => string;
  /** Whether a trace that begins here is recorded. Default: no. */
  readonly isSampled?: () => boolean;
}

/** Bytes that are asked of the operating system at a time: asking costs more than all else here. */
const POOL_BYTES = 4_096;

/** Random digits from a pool, each given away once. At most `POOL_BYTES` bytes at a time. */
function pooledHex(): (bytes: number) => string {
  let pool = '';
  let next = 0;
  return (bytes) => {
    if (next + bytes * 2 > pool.length) {
      pool = randomBytes(POOL_BYTES).toString('hex');
      next = 0;
    }
    const start = next;
    next += bytes * 2;
    return pool.slice(start, next);
  };
}

/** The one state of this module: a supply of random digits that says nothing about what it was used for. */
const processHex = pooledHex();

/**
 * Continues a valid trace with a span id of our own, or starts a trace.
 *
 * @param received - the `traceparent` header as it came; invalid ones are ignored, as the standard says.
 */
export function nextTraceParent(received: string | undefined, options: TraceParentOptions = {}): string {
  const { randomHex = processHex, isSampled } = options;
  const begin = (): string => `00-${randomHex(16)}-${randomHex(8)}-0${isSampled?.() === true ? 1 : 0}`;
  if (received === undefined) return begin();
  const [, version = '', trace = '', span = '', flags = '', rest] = TRACEPARENT.exec(received) ?? [];
  const valid =
    version !== '' &&
    version !== 'ff' &&
    !(version === '00' && rest !== undefined) &&
    !ZEROS.test(trace) &&
    !ZEROS.test(span);
  if (!valid) return begin();
  const sampled = Number.parseInt(flags, 16) & 1;
  return `00-${trace}-${randomHex(8)}-0${sampled}`;
}

/**
 * Whether a request is passed on in the trace that it came with. If not, its `tracestate` belongs to a trace that ends here.
 *
 * @param received - the `traceparent` header as it came.
 * @param next - what `nextTraceParent` made of it.
 */
export function continuesTrace(received: string | undefined, next: string): boolean {
  return received?.startsWith(traceIdOf(next), TRACE_ID_AT) === true;
}

function traceIdOf(traceparent: string): string {
  return traceparent.slice(TRACE_ID_AT, TRACE_ID_AT + TRACE_ID_LENGTH);
}
