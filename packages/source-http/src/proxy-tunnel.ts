/**
 * A connection to a source through a proxy.
 *
 * Source: RFC 9110, section 9.3.6 "CONNECT"; section 11.7.1 "Proxy-Authenticate".
 */
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { failureOf } from './failure-of.ts';
import { SourceFailure } from './source-failure.ts';

/** Headers with the credential in the URL of the proxy. */
export function proxyHeaders(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === '' && proxy.password === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

export function proxyAddress(proxy: URL): { readonly host: string; readonly port: number } {
  return { host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'), port: proxy.port === '' ? 80 : Number(proxy.port) };
}

/**
 * @param authority - host and port of the source.
 * @throws {SourceFailure} also when the proxy refuses.
 */
export function openTunnel(proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...proxyAddress(proxy),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) },
      agent: false,
      signal,
    });
    const refuse = (status: number | undefined): void => {
      const detail = `the proxy of this fleet refuses the way to the source with status ${status ?? 0}`;
      reject(new SourceFailure('refused', { detail, where: whereIs(proxy) }));
      request.destroy();
    };
    request.once('connect', (response, socket, head) => {
      if (response.statusCode === 200 && head.length === 0) resolve(socket);
      else refuse(response.statusCode);
    });
    request.once('response', (response) => refuse(response.statusCode));
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : proxyFailure(error, proxy)));
    request.end();
  });
}

export function proxyFailure(error: unknown, proxy: URL): SourceFailure {
  const { kind } = failureOf(error, '');
  const detail = 'the proxy of this fleet cannot be reached';
  return new SourceFailure(kind, { detail, where: whereIs(proxy), cause: error });
}

function whereIs(proxy: URL): string {
  return `proxy ${proxy.host}`;
}
