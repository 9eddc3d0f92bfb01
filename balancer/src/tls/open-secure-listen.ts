/** The listener with TLS as the settings have it; loaded with TLS only where there is one. */
import type { Logger, Metrics, SecureListen } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { BalancerSettings } from '../settings.ts';

export interface OpenedSecureListen {
  readonly listen: SecureListen;
  close(): void;
}

/** @throws {ProblemError} `FF_INVALID_SETTINGS`. */
export async function openSecureListen(
  { tlsPort, tlsFolder, listenHost }: Pick<BalancerSettings, 'tlsPort' | 'tlsFolder' | 'listenHost'>,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): Promise<OpenedSecureListen | undefined> {
  if (tlsPort === undefined) return undefined;
  if (tlsFolder === undefined) {
    const detail = 'tlsFolder: expected the folder of the certificates, because tlsPort is set, got nothing';
    throw new ProblemError('invalidSettings', { detail });
  }
  const { CertificateFolder } = await import('./certificate-folder.ts');
  const certificates = await CertificateFolder.open({ folder: tlsFolder, log, metrics, now: Date.now });
  return { listen: { host: listenHost, port: tlsPort, certificates }, close: () => certificates.close() };
}
