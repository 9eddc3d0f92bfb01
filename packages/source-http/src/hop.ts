/**
 * One request on one connection, up to the head of its answer.
 *
 * Source: Node.js, "HTTP", `http.request`, the order of events in each way an exchange can end.
 */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { AddressGuard } from '@feedfleet/address-guard';
import { failureOf } from './failure-of.ts';
import { refuseBlocked } from './guarded-agent.ts';
import type { GuardedAgent, GuardedRequestArgs } from './guarded-agent.ts';
import { proxyHeaders } from './proxy-tunnel.ts';
import { SourceFailure } from './source-failure.ts';

export interface HopOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: GuardedAgent;
  readonly guard: AddressGuard;
  readonly allowPrivateAddresses: boolean;
  readonly headTimeoutMs: number;
  readonly maxHeadBytes: number;
  readonly signal: AbortSignal;
  readonly proxy: URL | undefined;
  /** Called when a request leaves on a connection. */
  readonly onSent: () => void;
}

/** Scheme, host and port: what those who manage a source may see of a URL. */
export function whereOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/**
 * A request that was sent on a connection as the source closed it, which is nobody's fault, is sent once more on a fresh one.
 *
 * @throws {SourceFailure}
 */
export async function sendHop(options: HopOptions): Promise<IncomingMessage> {
  const { url, guard, allowPrivateAddresses } = options;
  refuseBlocked(guard.judgeHost(url.hostname, portOf(url), allowPrivateAddresses), whereOf(url));
  const first = start(options);
  try {
    return await headOf(first, options);
  } catch (error) {
    const failure = failureOf(error, whereOf(url));
    if (!first.reusedSocket || failure.kind !== 'reset' || options.signal.aborted) throw failure;
  }
  options.agent.closeIdle();
  return headOf(start(options), options).catch((error: unknown) => {
    throw failureOf(error, whereOf(url));
  });
}

function start(options: HopOptions): ClientRequest {
  const { url, headers, agent, allowPrivateAddresses, maxHeadBytes, signal, proxy } = options;
  // A proxy that relays is told the whole URL; through a tunnel the source is spoken to itself.
  const relay = url.protocol === 'http:' ? proxy : undefined;
  const args: GuardedRequestArgs = {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port,
    path: relay === undefined ? `${url.pathname}${url.search}` : url.href,
    method: 'GET',
    headers: { host: url.host, ...headers, ...(relay === undefined ? {} : proxyHeaders(relay)) },
    agent,
    maxHeaderSize: maxHeadBytes,
    allowPrivateAddresses,
    signal,
    connectSignal: signal,
    proxy,
  };
  return httpRequest(args);
}

function headOf(request: ClientRequest, options: HopOptions): Promise<IncomingMessage> {
  const { url, guard, allowPrivateAddresses, headTimeoutMs, signal, proxy, onSent } = options;
  const where = whereOf(url);
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    request.once('socket', (socket) => {
      try {
        // Also of a connection that was judged before: another source, or another fleet, may have other rights.
        const verdict = guard.judgeAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0, allowPrivateAddresses);
        if (proxy === undefined) refuseBlocked(verdict, where);
      } catch (error) {
        request.destroy(error as Error);
        return;
      }
      onSent();
      timer = setTimeout(() => {
        request.destroy(new SourceFailure('timeout', { detail: 'the source did not begin to answer in time', where }));
      }, headTimeoutMs);
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      // Whoever reads the body is told by it.
      response.on('error', () => undefined);
      resolve(response);
    });
    // Stays for the whole exchange.
    request.on('error', (error) => {
      clearTimeout(timer);
      reject((signal.aborted ? signal.reason : error) as Error);
    });
    request.once('close', () => clearTimeout(timer));
    request.end();
  });
}
