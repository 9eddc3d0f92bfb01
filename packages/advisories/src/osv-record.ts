/**
 * OSV records, the form in which the GitHub Advisory Database and others publish advisories.
 *
 * Source: OSV schema, 1.7.
 */
import { elementsOf, isObject, memberOf } from './faults.ts';
import type { Faults, Place } from './faults.ts';
import { readAffectedRanges } from './osv-ranges.ts';
import { isUrl, readPackageName } from './values.ts';
import type { Severity, Vulnerability } from './vulnerability.ts';

const SEVERITIES: Readonly<Record<string, Severity>> = { LOW: 0, MODERATE: 1, MEDIUM: 1, HIGH: 2, CRITICAL: 3 };
const GITHUB_ID = /^GHSA(?:-[0-9a-z]{4}){3}$/i;

export type OsvOutcome =
  | { readonly outcome: 'read' }
  /** Its packages are not NuGet's. */
  | { readonly outcome: 'otherEcosystem' }
  | { readonly outcome: 'withdrawn'; readonly url: string | undefined };

export interface OsvReading {
  readonly faults: Faults;
  /** For records that tell no severity; undefined to refuse them. */
  readonly defaultSeverity: Severity | undefined;
  /** Is told each vulnerability with the id in lower case. */
  readonly found: (id: string, vulnerability: Vulnerability) => void;
}

/** Whether an object is an OSV record. */
export function isOsvRecord(value: unknown): boolean {
  return isObject(value) && typeof value.id === 'string';
}

export function readOsvRecord(record: Place, reading: OsvReading): OsvOutcome {
  const { faults } = reading;
  if (typeof memberOf(record, 'withdrawn').value === 'string') {
    return { outcome: 'withdrawn', url: urlOf(record) };
  }
  const affected = elementsOf(memberOf(record, 'affected'), faults).filter(isOfNuGet);
  if (affected.length === 0) return { outcome: 'otherEcosystem' };
  const url = urlOf(record) ?? faults.add(memberOf(record, 'references'), 'the URL of the advisory');
  const severity = severityOf(record, reading);
  for (const each of affected) {
    const id = readPackageName(memberOf(memberOf(each, 'package'), 'name'), faults);
    const ranges = readAffectedRanges(each, faults);
    if (id === null || url === null || severity === null) continue;
    for (const range of ranges) reading.found(id, { url, severity, range });
  }
  return { outcome: 'read' };
}

function isOfNuGet(affected: Place): boolean {
  const { value } = memberOf(memberOf(affected, 'package'), 'ecosystem');
  return typeof value === 'string' && value.toLowerCase() === 'nuget';
}

/** Where a person reads more. The public gallery names GitHub's page of its own advisories, so that clients know them as one. */
function urlOf(record: Place): string | undefined {
  const id = String(memberOf(record, 'id').value);
  if (GITHUB_ID.test(id)) return `https://github.com/advisories/${id}`;
  const { value } = memberOf(record, 'references');
  const references = (Array.isArray(value) ? value : []).filter(isObject).filter(({ url }) => isUrl(url));
  const best = references.find(({ type }) => type === 'ADVISORY') ?? references[0];
  return best === undefined ? undefined : String(best.url);
}

function severityOf(record: Place, { faults, defaultSeverity }: OsvReading): Severity | null {
  const place = memberOf(memberOf(record, 'database_specific'), 'severity');
  if (place.value === undefined || place.value === null) {
    return defaultSeverity ?? faults.add(place, 'a severity, or a default severity for records without one');
  }
  return (
    SEVERITIES[typeof place.value === 'string' ? place.value.toUpperCase() : ''] ??
    faults.add(place, 'LOW, MODERATE, HIGH or CRITICAL')
  );
}
