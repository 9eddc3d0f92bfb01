/** The steps of a check up to a connection, in words. Pure. */
import { codeOfKind } from '@feedfleet/package-sources';
import type { SeenCertificate, SourceConnection, SourceFailure } from '@feedfleet/source-http';

import type { CheckedCertificate, StepLog, StepName } from './source-check.ts';

/** A certificate with less than this is worth a warning. */
const FEW_DAYS = 21;
const DAY_MS = 86_400_000;
const MAX_SHOWN_ADDRESSES = 4;

export interface ConnectionContext {
  readonly connection: SourceConnection;
  readonly hasCredential: boolean;
  readonly nowMs: number;
}

/** @returns whether there is a connection to go on with. */
export function connectionSteps(log: StepLog, context: ConnectionContext): boolean {
  const { connection } = context;
  const { failure, proxy, addresses, connectedMs } = connection;
  const isByProxy = proxy !== null;
  const isResolved = isByProxy || (addresses !== undefined && addresses.length > 0);
  if (failure !== undefined && connectedMs === undefined && (!isResolved || failure.kind === 'blockedAddress')) {
    failed(log, 'address', failure);
    return false;
  }
  const resolved = connection.resolvedMs === undefined ? {} : { tookMs: connection.resolvedMs };
  log.add('address', 'passed', addressWords(connection), resolved);
  if (connectedMs === undefined) {
    if (failure !== undefined) failed(log, 'connection', failure);
    return false;
  }
  // Where the proxy is tells of the inner network.
  const by = isByProxy ? ' through the proxy of this fleet' : '';
  log.add('connection', 'passed', `connected to ${connection.where}${by}`, { tookMs: connectedMs });
  return tlsStep(log, context);
}

function failed(log: StepLog, step: StepName, { kind, detail }: SourceFailure, also = ''): void {
  const isPrivate = /a (?:private|loopback|link-local) address/.test(detail);
  const hint =
    kind === 'blockedAddress' && isPrivate
      ? '; an administrator can allow it for this source (source set --allow-private-addresses)'
      : '';
  log.add(step, 'failed', `${detail}${also}${hint}`, { code: codeOfKind(kind) });
}

/** Addresses that are not allowed are counted only: they may tell of the inner network. */
function addressWords({ proxy, addresses = [] }: SourceConnection): string {
  if (proxy !== null) return 'the proxy of this fleet resolves the name';
  const open = addresses.filter(({ isAllowed }) => isAllowed).map(({ address }) => address);
  const shown = open.slice(0, MAX_SHOWN_ADDRESSES).join(', ');
  const more = open.length > MAX_SHOWN_ADDRESSES ? ` and ${open.length - MAX_SHOWN_ADDRESSES} more` : '';
  const refused = addresses.length - open.length;
  return `${shown}${more}: allowed${refused === 0 ? '' : `; ${refused} others are not, and are passed over`}`;
}

function tlsStep(log: StepLog, { connection, hasCredential, nowMs }: ConnectionContext): boolean {
  const { where, failure, certificate, tlsVersion, securedMs } = connection;
  if (where.startsWith('http:')) {
    const what = hasCredential ? 'the credential and the packages go' : 'packages come';
    log.add('tls', 'warning', `the URL is http: ${what} unprotected`);
    return failure === undefined;
  }
  const seen = certificate === undefined ? undefined : checkedCertificate(certificate, nowMs);
  if (failure !== undefined) {
    failed(log, 'tls', failure, seen === undefined ? '' : ` (${certificateWords(seen)})`);
    return false;
  }
  const words = seen === undefined ? 'no certificate was seen' : certificateWords(seen);
  const outcome = seen !== undefined && seen.daysLeft < FEW_DAYS ? 'warning' : 'passed';
  const took = securedMs === undefined ? {} : { tookMs: securedMs };
  log.add('tls', outcome, `${tlsVersion ?? 'TLS'}, ${words}`, took);
  return true;
}

export function checkedCertificate(seen: SeenCertificate, nowMs: number): CheckedCertificate {
  return { ...seen, daysLeft: Math.floor((Date.parse(seen.validTo) - nowMs) / DAY_MS) };
}

function certificateWords({ subject, issuer, validTo, daysLeft }: CheckedCertificate): string {
  const left = daysLeft < 0 ? `expired ${-daysLeft} days ago` : `${daysLeft} days left`;
  return `certificate of "${subject}", issued by "${issuer}", valid until ${validTo}, ${left}`;
}
