/** Certificates for servers on this machine, good ones and bad ones, and the authority that a fleet has to trust for them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { makeCertificate } from '@feedfleet/test-certificates';
import type { ServerCertificates } from './sick-source.ts';

export interface TestCertificates extends ServerCertificates {
  /** When `expired` did. ISO instant. */
  readonly expiredAt: string;
  /** When `well` will. ISO instant. */
  readonly validTo: string;
  /** For the processes that are to trust the authority. Source: Node.js, "CLI options", `NODE_EXTRA_CA_CERTS`. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

const DAY_MS = 86_400_000;
const SUBJECT = 'sick.example';

function daysFromNow(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
}

export async function makeTestCertificates(): Promise<TestCertificates> {
  const valid = { notBefore: daysFromNow(-90), notAfter: daysFromNow(90) };
  const server = { ...valid, commonName: SUBJECT, addresses: ['127.0.0.1'] };
  const authority = makeCertificate({ commonName: 'Authority of tests', ...valid });
  const notAfter = daysFromNow(-3);
  const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-authority-'));
  const file = path.join(folder, 'authority.pem');
  await writeFile(file, authority.certificate);
  return {
    well: makeCertificate({ ...server, issuer: authority }),
    expired: makeCertificate({ ...server, notAfter, issuer: authority }),
    untrusted: makeCertificate(server),
    expiredAt: notAfter.toISOString(),
    validTo: valid.notAfter.toISOString(),
    environment: { NODE_EXTRA_CA_CERTS: file },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
