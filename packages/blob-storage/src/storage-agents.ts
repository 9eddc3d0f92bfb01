/**
 * The connections to a storage: kept alive, TLS verified as ever, and with the date at hand when a certificate has expired.
 *
 * Source: Node.js, "HTTPS", `https.Agent`; "TLS (SSL)", `tls.getCACertificates`.
 */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket, getCACertificates } from 'node:tls';
import type { DetailedPeerCertificate } from 'node:tls';
import { ProblemError } from '@feedfleet/problems';

const KEEP_ALIVE_MS = 30_000;

export interface StorageAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** When the last certificate that was met too late expired; ISO instant. */
  readonly expiredAt: () => string | undefined;
  close(): void;
}

/** @throws ProblemError `FF_INVALID_SETTINGS` when the file of authorities cannot be read. */
export function openStorageAgents(options: {
  readonly caFile: string | undefined;
  readonly maxConnections: number;
}): StorageAgents {
  const shared = { keepAlive: true, timeout: KEEP_ALIVE_MS, maxFreeSockets: options.maxConnections };
  const https = new WatchingAgent({ ...shared, ...authoritiesOf(options.caFile) });
  const http = new HttpAgent(shared);
  const close = (): void => {
    http.destroy();
    https.destroy();
  };
  return { http, https, expiredAt: () => https.expiredAt, close };
}

function authoritiesOf(file: string | undefined): Pick<AgentOptions, 'ca'> {
  if (file === undefined) return {};
  try {
    return { ca: [...getCACertificates('default'), readFileSync(file, 'utf8')] };
  } catch (error) {
    const detail = `storageCaFile: expected a file of certificates that can be read, got ${JSON.stringify(file)}`;
    throw new ProblemError('invalidSettings', { detail, cause: error });
  }
}

type Created = (error: Error | null, stream: Duplex) => void;

class WatchingAgent extends HttpsAgent {
  expiredAt: string | undefined;

  override createConnection(options: AgentOptions, created?: Created): Duplex | null | undefined {
    const socket = super.createConnection(options, created);
    if (socket instanceof TLSSocket) {
      // Ahead of Node's own listener, which destroys a connection whose certificate is not good, and the certificate with it.
      socket.prependListener('secure', () => {
        this.expiredAt = expiryOf(socket) ?? this.expiredAt;
      });
    }
    return socket;
  }
}

/** When the first certificate of the chain that is too old expired. */
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
