/**
 * An HTTP agent whose connections were judged: the addresses that a name resolves to before one is connected to, and the address
 * that is really connected to before a byte is sent. TLS is verified by Node as ever; there is no way to turn that off.
 *
 * Source: Node.js, "HTTP", `agent.createConnection`; "TLS (SSL)", `tls.connect`.
 */
import { Agent } from 'node:http';
import type { ClientRequestArgs } from 'node:http';
import type { LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { AddressGuard, AddressVerdict } from '@feedfleet/address-guard';
import { failureOf } from './failure-of.ts';
import type { Resolve } from './name-resolver.ts';
import { openTunnel, proxyAddress, proxyFailure } from './proxy-tunnel.ts';
import { SourceFailure } from './source-failure.ts';

export interface GuardedAgentOptions {
  readonly protocol: 'http:' | 'https:';
  readonly guard: AddressGuard;
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxIdleConnections: number;
  readonly watch?: ConnectionWatch;
}

export interface SeenAddress {
  readonly address: string;
  readonly isAllowed: boolean;
}

/** Is told what is met on the way to a connection, for who looks at a source rather than asks it. */
interface ConnectionWatch {
  /** What the name resolves to, or the address that the URL has itself; empty where a proxy does that. */
  resolved(addresses: readonly SeenAddress[]): void;
  connected(): void;
  /** Hands are shaken; whether the certificate is good is not known yet. */
  secure(tls: TLSSocket): void;
}

/** What `createConnection` gets with each request besides what it knows; `http.request` hands unknown options on. */
export interface GuardedRequestArgs extends ClientRequestArgs {
  readonly allowPrivateAddresses: boolean;
  /** Node keeps `signal` to itself. */
  readonly connectSignal: AbortSignal;
  readonly proxy: URL | undefined;
}

type Created = (error: Error | null, stream: Duplex) => void;

export class GuardedAgent extends Agent {
  readonly #options: GuardedAgentOptions;
  /** Read by `http.request`. */
  readonly protocol: string;
  readonly defaultPort: number;

  constructor(options: GuardedAgentOptions) {
    super({
      keepAlive: true,
      maxFreeSockets: options.maxIdleConnections,
      timeout: options.keepAliveMs,
      scheduling: 'lifo',
    });
    this.#options = options;
    this.protocol = options.protocol;
    this.defaultPort = options.protocol === 'https:' ? 443 : 80;
  }

  override createConnection(args: ClientRequestArgs, created?: Created): undefined {
    this.open(args as GuardedRequestArgs).then(
      (socket) => created?.(null, socket),
      // Without a connection, which the type has not thought of.
      (error: unknown) => (created as ((error: unknown) => void) | undefined)?.(error),
    );
  }

  closeIdle(): void {
    for (const socket of Object.values(this.freeSockets).flat()) socket?.destroy();
  }

  /** A connection that was judged, and is no part of the agent's own. @throws {SourceFailure} */
  async open(args: GuardedRequestArgs): Promise<Socket> {
    const host = String(args.hostname ?? args.host).replace(/^\[(.*)\]$/, '$1');
    const port = Number(args.port ?? this.defaultPort);
    const where = `${this.protocol}//${host}:${port}`;
    const timer = new AbortController();
    const timeout = setTimeout(() => {
      timer.abort(new SourceFailure('timeout', { detail: 'the source did not take the connection in time', where }));
    }, this.#options.connectTimeoutMs);
    const signal = AbortSignal.any([args.connectSignal, timer.signal]);
    try {
      const way = { host, port, where, signal };
      const { proxy } = args;
      const socket = proxy === undefined ? await this.#direct(args, way) : await this.#byProxy(args, way, proxy);
      this.#options.watch?.connected();
      return this.protocol === 'https:' ? await secured(socket, way, this.#options.watch) : socket;
    } catch (error) {
      throw failureOf(error, where);
    } finally {
      clearTimeout(timeout);
    }
  }

  async #direct({ allowPrivateAddresses }: GuardedRequestArgs, { host, port, where, signal }: Way): Promise<Socket> {
    const { guard, resolve, watch } = this.#options;
    const judge = (address: string): AddressVerdict => guard.judgeAddress(address, port, allowPrivateAddresses);
    const lookup: LookupFunction = (name, options, found) => {
      resolve(name).then(
        (addresses) => {
          watch?.resolved(addresses.map(({ address }) => ({ address, isAllowed: isAllowed(judge(address)) })));
          const { open, blocked } = sorted(addresses, judge);
          const [first] = open;
          if (first === undefined) found(blocked === undefined ? noAddress(name) : blockedFailure(blocked, where), []);
          else if (options.all === true) found(null, [...open]);
          else found(null, first.address, first.family);
        },
        (error: unknown) => found(error as NodeJS.ErrnoException, []),
      );
    };
    if (isIP(host) !== 0) watch?.resolved([{ address: host, isAllowed: isAllowed(judge(host)) }]);
    const socket = connectTcp({ host, port, noDelay: true, ...(isIP(host) === 0 ? { lookup } : {}) });
    silence(socket);
    await eventOf(socket, 'connect', signal);
    try {
      refuseBlocked(judge(socket.remoteAddress ?? ''), where);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return socket;
  }

  /** What this machine resolves the name to is judged, if it does so at all; what the proxy does is for the proxy to decide. */
  async #byProxy({ allowPrivateAddresses }: GuardedRequestArgs, way: Way, proxy: URL): Promise<Socket> {
    const { guard, resolve, connectTimeoutMs } = this.#options;
    const { host, port, where, signal } = way;
    const unresolved = delay(connectTimeoutMs / 4, [], { ref: false });
    const addresses = await Promise.race([resolve(host).catch(() => []), unresolved]);
    this.#options.watch?.resolved([]);
    const { open, blocked } = sorted(addresses, (address) => guard.judgeAddress(address, port, allowPrivateAddresses));
    if (open.length === 0 && blocked !== undefined) throw blockedFailure(blocked, where);
    const socket = await (this.protocol === 'https:'
      ? openTunnel(proxy, `${isIP(host) === 6 ? `[${host}]` : host}:${port}`, signal)
      : connectToProxy(proxy, signal));
    silence(socket);
    return socket;
  }
}

/** Where a connection goes. */
interface Way {
  readonly host: string;
  readonly port: number;
  readonly where: string;
  readonly signal: AbortSignal;
}

async function connectToProxy(proxy: URL, signal: AbortSignal): Promise<Socket> {
  const { host, port } = proxyAddress(proxy);
  const socket = connectTcp({ host, port, noDelay: true });
  silence(socket);
  await eventOf(socket, 'connect', signal).catch((error: unknown) => {
    throw signal.aborted ? error : proxyFailure(error, proxy);
  });
  return socket;
}

function sorted(
  addresses: readonly LookupAddress[],
  judge: (address: string) => AddressVerdict,
): { readonly open: readonly LookupAddress[]; readonly blocked: AddressVerdict | undefined } {
  const verdicts = addresses.map(({ address }) => judge(address));
  return {
    open: addresses.filter((_, at) => isAllowed(verdicts[at])),
    blocked: verdicts.find(({ outcome }) => outcome === 'blocked'),
  };
}

function isAllowed(verdict: AddressVerdict | undefined): boolean {
  return verdict?.outcome === 'allowed';
}

/** @throws {SourceFailure} `blockedAddress`. */
export function refuseBlocked(verdict: AddressVerdict, where: string): void {
  if (verdict.outcome === 'blocked') throw blockedFailure(verdict, where);
}

function blockedFailure(verdict: AddressVerdict, where: string): SourceFailure {
  const what = verdict.outcome === 'blocked' ? verdict.what : 'no address';
  return new SourceFailure('blockedAddress', { detail: `the source leads to ${what}, which it may not`, where });
}

function noAddress(name: string): Error {
  return Object.assign(new Error(`no address of ${name}`), { code: 'ENODATA' });
}

async function secured(
  socket: Socket,
  { host, where, signal }: Way,
  watch: ConnectionWatch | undefined,
): Promise<TLSSocket> {
  const tls = connectTls({
    socket,
    host,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  silence(tls);
  let expiredAt: string | undefined;
  // Ahead of Node's own listener, which destroys a connection whose certificate is not good, and the certificate with it.
  tls.prependListener('secure', () => {
    expiredAt = expiryOf(tls);
    watch?.secure(tls);
  });
  try {
    await eventOf(tls, 'secureConnect', signal);
    return tls;
  } catch (error) {
    const failure = failureOf(error, where);
    if (failure.kind !== 'certificateExpired' || expiredAt === undefined) throw failure;
    const detail = `the certificate of the source expired at ${expiredAt}`;
    throw new SourceFailure('certificateExpired', { detail, where, certificateExpiredAt: expiredAt, cause: error });
  }
}

/**
 * When the first certificate of the chain that is too old expired.
 *
 * Asked in the form in which Node's own check asks: after `getPeerX509Certificate` that would see a certificate without names.
 */
function expiryOf(tls: TLSSocket): string | undefined {
  const seen = new Set<string>();
  let certificate: Partial<DetailedPeerCertificate> | undefined = tls.getPeerCertificate(true);
  while (certificate?.fingerprint256 !== undefined && !seen.has(certificate.fingerprint256)) {
    const expiry = new Date(certificate.valid_to ?? NaN);
    if (expiry.getTime() < Date.now()) return expiry.toISOString();
    seen.add(certificate.fingerprint256);
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

/** Between requests, and after one that was given up, an error has nobody to tell; unheard, it would end the process. */
function silence(socket: Socket): void {
  socket.on('error', () => undefined);
}

/** @throws what the socket failed with, or the signal's reason; then the socket is destroyed. */
function eventOf(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      socket.off(event, succeed);
      socket.off('error', fail);
      socket.off('close', close);
      signal.removeEventListener('abort', abort);
    };
    const succeed = (): void => {
      end();
      resolve();
    };
    const fail = (error: Error): void => {
      end();
      socket.destroy();
      reject(error);
    };
    const close = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const abort = (): void => fail(signal.reason as Error);
    socket.once(event, succeed);
    socket.once('error', fail);
    socket.once('close', close);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
}
