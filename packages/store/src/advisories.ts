/**
 * The advisory port: which versions their owner has deprecated, and which vulnerabilities a feed knows of.
 *
 * Every implementation passes the suite in `advisory-conformance.ts`. Ids and versions are compared without case.
 *
 * Source: NuGet server API, "Package metadata", sections "Package deprecation" and "Vulnerabilities", and "Vulnerability
 * information".
 */
import type { VersionIdentity } from './retention-store.ts';

/** In the order in which they are told. */
export const DEPRECATION_REASONS = ['Legacy', 'CriticalBugs', 'Other'] as const;
export type DeprecationReason = (typeof DEPRECATION_REASONS)[number];

export interface Deprecation {
  /** At least one, each once, in the order of `DEPRECATION_REASONS`. */
  readonly reasons: readonly DeprecationReason[];
  /** Empty for none. */
  readonly message: string;
  /** What to use instead; the range in interval notation, or `*` for any version. */
  readonly alternate: { readonly id: string; readonly range: string } | null;
}

/** 0 is low, 1 moderate, 2 high, 3 critical. */
export type Severity = 0 | 1 | 2 | 3;

export interface Vulnerability {
  /** Of the advisory. */
  readonly url: string;
  readonly severity: Severity;
  /** Which versions have it, in interval notation. */
  readonly range: string;
}

/** By id in lower case. */
export type VulnerabilitiesById = ReadonlyMap<string, readonly Vulnerability[]>;

/** Where vulnerabilities of a feed came from: what is imported, replaced and removed together. */
export interface VulnerabilitySource {
  /** In lower case. */
  readonly name: string;
  /** ISO instant of its last change. */
  readonly updated: string;
  readonly packages: number;
  readonly vulnerabilities: number;
}

export interface VulnerabilityPage extends VulnerabilitySource {
  readonly byId: VulnerabilitiesById;
}

/** What is known of the versions that were asked for; versions and ids of which nothing is known are not in it. */
export interface Advisories {
  /** By `deprecationKey`. */
  readonly deprecations: ReadonlyMap<string, Deprecation>;
  readonly vulnerabilities: VulnerabilitiesById;
}

export type DeprecationOutcome =
  | { readonly outcome: 'done'; readonly changed: number; readonly unchanged: number }
  /** Nothing was changed: the id has none of these versions, or no version at all. */
  | { readonly outcome: 'absent'; readonly versions: readonly string[] };

export interface VulnerabilityChange {
  /** `replace`: the source says this and nothing else; `merge`: it says this besides what it said of other advisories. */
  readonly mode: 'replace' | 'merge';
  readonly byId: VulnerabilitiesById;
  /** Advisories that say nothing any more, by URL; for `merge`. */
  readonly withdrawnUrls?: readonly string[];
}

export type VulnerabilityOutcome =
  /** A source that says nothing is no source any more: it is not given then. */
  | { readonly outcome: 'changed' | 'unchanged'; readonly source: VulnerabilitySource | undefined }
  /** Nothing was changed. */
  | TooMany;

export interface TooMany {
  readonly outcome: 'tooMany';
  readonly of: 'sources' | 'vulnerabilities' | 'vulnerabilities of one id';
  readonly limit: number;
}

/** Most sources of a feed. Source: NuGet server API, "Vulnerability information": an index has at most 16 pages. */
export const MAX_VULNERABILITY_SOURCES = 16;
/** Most vulnerabilities of a source; the public gallery knows of about 2,000. */
export const MAX_VULNERABILITIES = 10_000;
export const MAX_VULNERABILITIES_OF_ID = 1000;

export interface AdvisoryStore {
  /**
   * Sets the deprecation of versions, or takes it back (null). Each version that changes is edited now, is in the catalog and raises
   * the feed's revision. Many versions take several transactions: what a failure leaves out is done by the same call again.
   *
   * @param versions - normalized; `all` for those that the id has now.
   */
  deprecate(
    feedId: string,
    id: string,
    versions: readonly string[] | 'all',
    deprecation: Deprecation | null,
  ): Promise<DeprecationOutcome>;

  /** Changes what a source says, whole, in one durable transaction. @param source - 1 to 32 of `a-z`, `0-9`, `-` and `_`. */
  setVulnerabilities(feedId: string, source: string, change: VulnerabilityChange): Promise<VulnerabilityOutcome>;

  /** Removes a source with all that it says; null for all sources. @returns those that were there. */
  removeVulnerabilities(feedId: string, source: string | null): Promise<readonly VulnerabilitySource[]>;

  /** Of the versions given, at most 1,000. One read for all of them; nothing is looked for in a feed without advisories. */
  advisoriesOf(feedId: string, versions: readonly VersionIdentity[]): Promise<Advisories>;

  /** By name. */
  vulnerabilitySources(feedId: string): Promise<readonly VulnerabilitySource[]>;

  /** All that one source says, ids in order. */
  vulnerabilityPage(feedId: string, source: string): Promise<VulnerabilityPage | undefined>;
}

/** Under which `Advisories` have the deprecation of a version. */
export function deprecationKey({ id, normalizedVersion }: VersionIdentity): string {
  return `${id}/${normalizedVersion}`.toLowerCase();
}
