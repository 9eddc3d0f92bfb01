/** What goes to an instance with a request: how it was reached, what it is part of, how long it may take, and what fences writes. */
import type { IncomingMessage } from 'node:http';
import { FAMILY_HEADER, WRITES_HEADER } from '@feedfleet/registry-client';
import type { Journey } from './journey.ts';
import { FORWARDED_NAMES, ForwardedHeaders } from './forwarded.ts';
import { framingOf } from './request-framing.ts';
import type { ForwardOptions } from './transport.ts';

/** A `tracestate` says something only with the `traceparent` that it came with. */
const WITHHELD_FROM_NEW_TRACE: ReadonlySet<string> = new Set([...FORWARDED_NAMES, 'tracestate']);
/** Which failover of writes the sender knows of: who knows of a later one refuses. */
const EPOCH_HEADER = 'x-feedfleet-epoch';

export interface ForwardLimits {
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
}

type Wanted = Pick<ForwardOptions, 'timeoutMs' | 'onHead' | 'signal'> & {
  /** Whose instances serve it. */
  readonly family: string;
};

export class ForwardOptionsMaker {
  readonly #limits: ForwardLimits;
  readonly #forwardedHeaders = new ForwardedHeaders();
  readonly #writesGrant: () => string | undefined;

  /** @param writesGrant - what is to be said of the writes past the registry. */
  constructor({ idleTimeoutMs, maxBodyBytes }: ForwardLimits, writesGrant: () => string | undefined) {
    this.#limits = { idleTimeoutMs, maxBodyBytes };
    this.#writesGrant = writesGrant;
  }

  of({ visit, reached, traffic, fleet }: Journey, { family, timeoutMs, onHead, signal }: Wanted): ForwardOptions {
    const { request, context } = visit;
    const headers: Record<string, string> = {
      ...this.#forwardedHeaders.of(reached),
      'x-request-id': context.requestId,
      traceparent: context.traceparent,
    };
    const budget = budgetFor(request, timeoutMs);
    if (budget !== undefined) headers['x-feedfleet-timeout-ms'] = budget;
    const responseHeaders: Record<string, string> = { 'x-request-id': context.requestId };
    if (family !== traffic.family) {
      headers[FAMILY_HEADER] = traffic.family;
      responseHeaders['x-feedfleet-served-by'] = family;
    }
    if (traffic.isWrite) {
      const writer = fleet.datacenters.find(({ writes }) => writes);
      if (writer !== undefined) headers[EPOCH_HEADER] = String(writer.epoch);
      const grant = this.#writesGrant();
      if (grant !== undefined) headers[WRITES_HEADER] = grant;
    }
    const withheld = context.continuesTrace ? FORWARDED_NAMES : WITHHELD_FROM_NEW_TRACE;
    const { idleTimeoutMs, maxBodyBytes } = this.#limits;
    const { path } = reached;
    return { path, timeoutMs, idleTimeoutMs, maxBodyBytes, headers, withheld, responseHeaders, onHead, signal };
  }
}

/**
 * The budget that the endpoint is told. A body under way has no total limit, so with one the client's own wish is all that
 * there is to pass on.
 */
function budgetFor(request: IncomingMessage, timeoutMs: number): string | undefined {
  if (framingOf(request.headers) === 'none') return String(timeoutMs);
  const wish = request.headers['x-feedfleet-timeout-ms'];
  return typeof wish === 'string' && /^\d{1,9}$/.test(wish) ? wish : undefined;
}
