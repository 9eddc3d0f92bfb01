/**
 * What is known of versions when they are read: who deprecated them, and their vulnerabilities. Made for the versions of one part of
 * a document by one read.
 *
 * Source: NuGet server API, "Package metadata", sections "Package deprecation" and "Vulnerabilities"; "Search", section "Search
 * result".
 */
import type { Advisories, AdvisoryStore, Deprecation, StoredVersion, Vulnerability } from '@feedfleet/store';
import { deprecationKey } from '@feedfleet/store';
import { parseRange, parseVersion, satisfies } from '@feedfleet/versioning';
import type { VersionRange } from '@feedfleet/versioning';

/** Most versions of one read of the store. */
const VERSIONS_PER_READ = 1000;

/** Members of a version's entry; those that would be empty are left out. */
export interface AdvisoryMembers {
  readonly deprecation?: DeprecationMember;
  readonly vulnerabilities?: readonly { readonly advisoryUrl: string; readonly severity: string | number }[];
}

interface DeprecationMember {
  readonly reasons: readonly string[];
  readonly message?: string;
  readonly alternatePackage?: { readonly id: string; readonly range: string };
}

type Named = Pick<StoredVersion, 'id' | 'normalizedVersion'>;

interface Flaw extends Vulnerability {
  readonly affected: VersionRange | undefined;
}

export class AdvisoryState {
  readonly #advisories: Advisories;
  /** By id in lower case; ranges are read once for all versions of an id. */
  readonly #flaws = new Map<string, readonly Flaw[]>();

  private constructor(advisories: Advisories) {
    this.#advisories = advisories;
  }

  static async of(
    store: Pick<AdvisoryReads, 'advisoriesOf'>,
    feedId: string,
    versions: readonly Named[],
  ): Promise<AdvisoryState> {
    return new AdvisoryState(await store.advisoriesOf(feedId, versions.slice(0, VERSIONS_PER_READ)));
  }

  /** In registrations, a severity is a text; in search, a number. So the documentation has it, and so clients read it. */
  membersOf(version: Named, severityAs: 'text' | 'number'): AdvisoryMembers {
    const deprecation = this.#advisories.deprecations.get(deprecationKey(version));
    const vulnerabilities = this.#vulnerabilitiesOf(version).map(({ url, severity }) => ({
      advisoryUrl: url,
      severity: severityAs === 'text' ? String(severity) : severity,
    }));
    return {
      ...(deprecation === undefined ? {} : { deprecation: deprecationMember(deprecation) }),
      ...(vulnerabilities.length === 0 ? {} : { vulnerabilities }),
    };
  }

  /** One for each advisory: several of its ranges may hold the version. */
  #vulnerabilitiesOf(version: Named): readonly Flaw[] {
    const flaws = this.#flawsOf(version.id.toLowerCase());
    const parsed = flaws.length === 0 ? undefined : parseVersion(version.normalizedVersion);
    if (parsed === undefined) return [];
    const byUrl = new Map<string, Flaw>();
    for (const flaw of flaws) {
      if (flaw.affected !== undefined && satisfies(flaw.affected, parsed)) byUrl.set(flaw.url, flaw);
    }
    return [...byUrl.values()];
  }

  #flawsOf(idLower: string): readonly Flaw[] {
    const known = this.#flaws.get(idLower);
    if (known !== undefined) return known;
    const found = this.#advisories.vulnerabilities.get(idLower) ?? [];
    const flaws = found.map((one) => ({ ...one, affected: parseRange(one.range) }));
    this.#flaws.set(idLower, flaws);
    return flaws;
  }
}

export type AdvisoryReads = Pick<AdvisoryStore, 'advisoriesOf' | 'vulnerabilitySources' | 'vulnerabilityPage'>;

export function deprecationMember({ reasons, message, alternate }: Deprecation): DeprecationMember {
  return {
    reasons,
    ...(message === '' ? {} : { message }),
    ...(alternate === null ? {} : { alternatePackage: { ...alternate } }),
  };
}
