/**
 * A connection to a source for its own sake: each step of the way, with the guards that every request has to pass.
 *
 * Source: Node.js, "TLS (SSL)", "Certificate object".
 */
import type { TLSSocket } from 'node:tls';
import type { AddressGuard } from '@feedfleet/address-guard';
import { failureOf } from './failure-of.ts';
import { GuardedAgent, refuseBlocked } from './guarded-agent.ts';
import type { GuardedAgentOptions, SeenAddress } from './guarded-agent.ts';
import { portOf, whereOf } from './hop.ts';
import type { SourceFailure } from './source-failure.ts';

/** As the source showed it, be it good or not: texts that anybody may have written, without control characters and bounded. */
export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for. */
  readonly names: string;
  /** ISO instants. */
  readonly validFrom: string;
  readonly validTo: string;
}

/** What was met on the way; what is missing was not reached. */
export interface SourceConnection {
  /** Scheme, host and port. */
  readonly where: string;
  /** Host and port of the proxy of the environment that leads there; null for the direct way. */
  readonly proxy: string | null;
  /** What the name resolves to; empty where the proxy does that. Those that are not allowed tell of the inner network. */
  readonly addresses: readonly SeenAddress[] | undefined;
  readonly resolvedMs: number | undefined;
  /** From the addresses on. */
  readonly connectedMs: number | undefined;
  /** From the connection on. */
  readonly securedMs: number | undefined;
  /** Such as `TLSv1.3`. */
  readonly tlsVersion: string | undefined;
  readonly certificate: SeenCertificate | undefined;
  /** What ended it; undefined when all is well. */
  readonly failure: SourceFailure | undefined;
}

export interface InspectOptions extends Omit<GuardedAgentOptions, 'protocol' | 'watch'> {
  readonly url: URL;
  readonly guard: AddressGuard;
  readonly allowPrivateAddresses: boolean;
  readonly proxy: URL | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

const MAX_TEXT = 300;

export async function inspectConnection(options: InspectOptions): Promise<SourceConnection> {
  const { url, guard, allowPrivateAddresses, proxy, signal } = options;
  const seen = new Seen(options);
  const where = whereOf(url);
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const agent = new GuardedAgent({ ...options, protocol, watch: seen });
  let failure: SourceFailure | undefined;
  try {
    refuseBlocked(guard.judgeHost(url.hostname, portOf(url), allowPrivateAddresses), where);
    const args = { hostname: url.hostname, port: portOf(url), allowPrivateAddresses, connectSignal: signal, proxy };
    const socket = await agent.open(args);
    socket.destroy();
  } catch (error) {
    failure = failureOf(error, where);
  }
  return { where, proxy: proxy?.host ?? null, ...seen.all(), failure };
}

type SeenSteps = Omit<SourceConnection, 'where' | 'proxy' | 'failure'>;

class Seen {
  readonly #now: () => number;
  #lastMs: number;
  #steps: Partial<SeenSteps> = {};

  constructor({ now }: Pick<InspectOptions, 'now'>) {
    this.#now = now;
    this.#lastMs = now();
  }

  resolved(addresses: readonly SeenAddress[]): void {
    this.#steps = { ...this.#steps, addresses, resolvedMs: this.#stepMs() };
  }

  connected(): void {
    this.#steps = { ...this.#steps, connectedMs: this.#stepMs() };
  }

  secure(tls: TLSSocket): void {
    const tlsVersion = tls.getProtocol() ?? undefined;
    this.#steps = { ...this.#steps, tlsVersion, securedMs: this.#stepMs(), certificate: certificateOf(tls) };
  }

  all(): SeenSteps {
    const nothing = { addresses: undefined, resolvedMs: undefined, connectedMs: undefined };
    return { ...nothing, securedMs: undefined, tlsVersion: undefined, certificate: undefined, ...this.#steps };
  }

  #stepMs(): number {
    const [before, now] = [this.#lastMs, this.#now()];
    this.#lastMs = now;
    return now - before;
  }
}

/** Asked in the form in which Node's own check asks: after `getPeerX509Certificate` that would see a certificate without names. */
function certificateOf(tls: TLSSocket): SeenCertificate | undefined {
  const { subject, issuer, subjectaltname, valid_from, valid_to } = tls.getPeerCertificate(true);
  const validFrom = instantOf(valid_from);
  const validTo = instantOf(valid_to);
  if (validFrom === undefined || validTo === undefined) return undefined;
  const names = plainText(subjectaltname ?? '');
  return { subject: nameOf(subject), issuer: nameOf(issuer), names, validFrom, validTo };
}

function instantOf(text: string | undefined): string | undefined {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function nameOf(of: { readonly CN?: unknown; readonly O?: unknown } | undefined): string {
  const [name] = [of?.CN, of?.O].flat().filter((part) => typeof part === 'string');
  return plainText(name ?? '');
}

function plainText(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, MAX_TEXT);
}
