/** One attempt at an answer: a request, and those that redirects ask for. */
import type { IncomingMessage } from 'node:http';
import type { AddressGuard } from '@feedfleet/address-guard';
import type { Deadline } from './deadline.ts';
import { sendHop, whereOf } from './hop.ts';
import type { SourceLimits } from './limits.ts';
import type { ProxyFor } from './proxy.ts';
import { isRedirect, redirectTarget } from './redirect.ts';
import { retryAfterMs } from './retry-after.ts';
import type { SourceEntry } from './source-entry.ts';
import { SourceFailure } from './source-failure.ts';
import type { SourceRequest, SourceTarget } from './source-http.ts';

export interface Attempt {
  readonly target: SourceTarget;
  readonly request: SourceRequest;
  readonly url: URL;
  readonly entry: SourceEntry;
  readonly deadline: Deadline;
  readonly limits: SourceLimits;
  readonly guard: AddressGuard;
  readonly userAgent: string;
  readonly proxyFor: ProxyFor;
  readonly onSent: () => void;
  /** Told ahead of each request of the attempt. */
  readonly onHop: (url: URL) => void;
}

const FAILED_BELOW_500: readonly number[] = [408, 425, 429];

/** @throws {SourceFailure} */
export async function exchange(attempt: Attempt): Promise<{ readonly response: IncomingMessage; readonly url: URL }> {
  const seen = new Set<string>();
  let { url } = attempt;
  for (let redirects = 0; ; redirects += 1) {
    seen.add(url.href);
    attempt.onHop(url);
    const response = await send(attempt, url);
    const status = response.statusCode ?? 0;
    if (isRedirect(status)) {
      response.destroy();
      if (redirects === attempt.limits.maxRedirects) throw tooManyRedirects(redirects, url);
      url = redirectTarget(url, response.headers.location, seen);
    } else if (status >= 500 || FAILED_BELOW_500.includes(status)) {
      response.destroy();
      throw statusFailure(response, status, url);
    } else {
      return { response, url };
    }
  }
}

function send(attempt: Attempt, url: URL): Promise<IncomingMessage> {
  const { target, entry, guard, limits, deadline, proxyFor, onSent } = attempt;
  return sendHop({
    url,
    headers: headersFor(attempt, url),
    agent: entry.agent(url.protocol === 'https:' ? 'https:' : 'http:'),
    guard,
    allowPrivateAddresses: target.allowPrivateAddresses,
    headTimeoutMs: limits.headTimeoutMs,
    maxHeadBytes: limits.maxHeadBytes,
    signal: deadline.signal,
    proxy: proxyFor(url),
    onSent,
  });
}

/** The chain goes everywhere, so that a loop shows wherever it closes; the credential only to the source itself. */
function headersFor({ target, request, deadline, userAgent }: Attempt, url: URL): Readonly<Record<string, string>> {
  const { accept, ifNoneMatch, ask, stream } = request;
  return {
    accept,
    // Packages are compressed as they are.
    'accept-encoding': stream === true ? 'identity' : 'gzip, br',
    'user-agent': userAgent,
    'x-feedfleet-timeout-ms': String(Math.max(1, Math.floor(deadline.remainingMs()))),
    'x-request-id': ask.requestId,
    traceparent: ask.traceparent,
    ...(ask.chain === '' ? {} : { 'x-nuget-feedchain': ask.chain }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    ...(url.origin === target.origin ? target.authorization(url) : {}),
  };
}

function tooManyRedirects(redirects: number, url: URL): SourceFailure {
  const detail = `the source redirects more than ${redirects} times`;
  return new SourceFailure('badRedirect', { detail, where: whereOf(url) });
}

function statusFailure(response: IncomingMessage, status: number, url: URL): SourceFailure {
  return new SourceFailure('status', {
    detail: `the source answers with status ${status}`,
    where: whereOf(url),
    status,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
  });
}
