/**
 * The certificate that a listener serves at this moment, be it good or not. Nothing is sent to it.
 *
 * Source: Node.js, "TLS (SSL)", `tls.connect`, `authorizationError`; "Certificate object".
 */
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

export interface ServedCertificate {
  readonly subject: string;
  /** ISO instants. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Why a client would not take it, as far as that does not depend on the date; `null` when it would. */
  readonly distrust: string | null;
}

export interface InspectServedOptions {
  readonly host: string;
  readonly port: number;
  /** The host that the certificate has to be for; `undefined` where a listener is asked past its name. */
  readonly expectedHost: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** How the name of the host is looked up. Default: as the system does. */
  readonly lookup?: LookupFunction | undefined;
}

const MAX_TEXT = 300;
/** What the dates say is told by the dates. */
const OF_DATES = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const OF_NAMES = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** @throws {Error} when nothing with a certificate answers there. */
export function inspectServed({
  host,
  port,
  expectedHost,
  timeoutMs,
  signal,
  lookup,
}: InspectServedOptions): Promise<ServedCertificate> {
  const name = expectedHost ?? host;
  const serverName = isIP(name) === 0 ? { servername: name } : {};
  // Only looked at: a certificate that is not good is what has to be told.
  const socket = connect({ host, port, ...serverName, ...(lookup && { lookup }), rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    const end = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      act();
    };
    const fail = (error: Error): void => end(() => reject(error));
    const abort = (): void => fail(new Error('it was told to end'));
    const timer = setTimeout(() => fail(new Error(`no certificate within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', abort);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      const seen = certificateOf(socket, expectedHost !== undefined);
      end(() => (seen === undefined ? reject(new Error('it has no certificate')) : resolve(seen)));
    });
  });
}

function certificateOf(socket: TLSSocket, checksName: boolean): ServedCertificate | undefined {
  const { subject, subjectaltname, valid_from, valid_to } = socket.getPeerCertificate(true);
  const [validFrom, validTo] = [instantOf(valid_from), instantOf(valid_to)];
  if (validFrom === undefined || validTo === undefined) return undefined;
  const name = [subject.CN, subject.O].flat().find((part) => typeof part === 'string') ?? subjectaltname ?? '';
  return { subject: plainText(name), validFrom, validTo, distrust: distrustOf(socket, checksName) };
}

function distrustOf({ authorized, authorizationError }: TLSSocket, checksName: boolean): string | null {
  if (authorized) return null;
  const error: unknown = authorizationError;
  const code =
    typeof error === 'string' ? error : String((error as { readonly code?: unknown } | undefined)?.code ?? error);
  if (OF_DATES.has(code) || (code === OF_NAMES && !checksName)) return null;
  return code === OF_NAMES ? 'it is for other names' : `clients do not trust it (${plainText(code)})`;
}

function instantOf(text: string | undefined): string | undefined {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function plainText(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, MAX_TEXT);
}
