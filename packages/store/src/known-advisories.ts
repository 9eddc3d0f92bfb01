/** Deprecations and vulnerabilities of versions, from one read of the store for many of them. */
import { parseRange, parseVersion, satisfies } from '@feedfleet/versioning';
import type { VersionRange } from '@feedfleet/versioning';
import { deprecationKey } from './advisories.ts';
import type { Advisories, AdvisoryStore, Deprecation, Vulnerability } from './advisories.ts';
import type { StoredVersion } from './stored-version.ts';

type Named = Pick<StoredVersion, 'id' | 'normalizedVersion'>;

/** What is known of one version. */
interface Known {
  readonly deprecation: Deprecation | null;
  readonly vulnerabilities: readonly Vulnerability[];
}

interface Flaw {
  readonly vulnerability: Vulnerability;
  readonly affected: VersionRange | undefined;
}

/** Most versions of one read. */
const VERSIONS_PER_READ = 1000;
const NONE: readonly Vulnerability[] = [];

export class KnownAdvisories {
  readonly #reads: readonly Advisories[];
  /** By id in lower case; ranges are read once for all versions of an id. */
  readonly #flaws = new Map<string, readonly Flaw[]>();

  private constructor(reads: readonly Advisories[]) {
    this.#reads = reads;
  }

  static async of(
    store: Pick<AdvisoryStore, 'advisoriesOf'>,
    feedId: string,
    versions: readonly Named[],
  ): Promise<KnownAdvisories> {
    const reads: Advisories[] = [];
    for (let start = 0; start < versions.length; start += VERSIONS_PER_READ) {
      const read = await store.advisoriesOf(feedId, versions.slice(start, start + VERSIONS_PER_READ));
      if (read.deprecations.size > 0 || read.vulnerabilities.size > 0) reads.push(read);
    }
    return new KnownAdvisories(reads);
  }

  of(version: Named): Known {
    if (this.#reads.length === 0) return { deprecation: null, vulnerabilities: NONE };
    const key = deprecationKey(version);
    const deprecation = this.#reads.flatMap((read) => read.deprecations.get(key) ?? [])[0] ?? null;
    return { deprecation, vulnerabilities: this.#vulnerabilitiesOf(version) };
  }

  /** One for each advisory: several of its ranges may hold the version. */
  #vulnerabilitiesOf({ id, normalizedVersion }: Named): readonly Vulnerability[] {
    const flaws = this.#flawsOf(id.toLowerCase());
    const parsed = flaws.length === 0 ? undefined : parseVersion(normalizedVersion);
    if (parsed === undefined) return NONE;
    const byUrl = new Map<string, Vulnerability>();
    for (const { vulnerability, affected } of flaws) {
      if (affected !== undefined && satisfies(affected, parsed)) byUrl.set(vulnerability.url, vulnerability);
    }
    return [...byUrl.values()];
  }

  #flawsOf(idLower: string): readonly Flaw[] {
    const known = this.#flaws.get(idLower);
    if (known !== undefined) return known;
    const found = this.#reads.map((read) => read.vulnerabilities.get(idLower)).find((list) => list !== undefined) ?? [];
    const flaws = found.map((vulnerability) => ({ vulnerability, affected: parseRange(vulnerability.range) }));
    this.#flaws.set(idLower, flaws);
    return flaws;
  }
}
