/**
 * What is known of versions when they are read: who deprecated them, and their vulnerabilities. Made for the versions of one part of
 * a document by one read.
 *
 * Source: NuGet server API, "Package metadata", sections "Package deprecation" and "Vulnerabilities"; "Search", section "Search
 * result".
 */
import { KnownAdvisories } from '@feedfleet/store';
import type { AdvisoryStore, Deprecation, StoredVersion } from '@feedfleet/store';

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

export class AdvisoryState {
  readonly #known: KnownAdvisories;

  private constructor(known: KnownAdvisories) {
    this.#known = known;
  }

  static async of(
    store: Pick<AdvisoryReads, 'advisoriesOf'>,
    feedId: string,
    versions: readonly Named[],
  ): Promise<AdvisoryState> {
    return new AdvisoryState(await KnownAdvisories.of(store, feedId, versions));
  }

  /** In registrations, a severity is a text; in search, a number. So the documentation has it, and so clients read it. */
  membersOf(version: Named, severityAs: 'text' | 'number'): AdvisoryMembers {
    const known = this.#known.of(version);
    const { deprecation } = known;
    const vulnerabilities = known.vulnerabilities.map(({ url, severity }) => ({
      advisoryUrl: url,
      severity: severityAs === 'text' ? String(severity) : severity,
    }));
    return {
      ...(deprecation === null ? {} : { deprecation: deprecationMember(deprecation) }),
      ...(vulnerabilities.length === 0 ? {} : { vulnerabilities }),
    };
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
