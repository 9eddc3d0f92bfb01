/**
 * Which versions of a feed may go: those beyond the newest N of their id that nobody has pinned and that nothing which stays
 * depends on.
 *
 * It is a mark and sweep, so that packages which depend on each other in a circle go together: what stays marks the versions that a
 * restore of it takes, those mark what a restore of them takes, and what is left unmarked goes. Only edges onto ids that have
 * anything to lose are looked at.
 *
 * Source: NuGet documentation, "How NuGet resolves package dependencies": the lowest version that satisfies a dependency is taken.
 */
import type { Chunk, MetadataStore, RetentionStore, StoredVersion, VersionIdentity } from '@feedfleet/store';
import { parseRange, parseVersion, satisfies } from '@feedfleet/versioning';
import type { VersionRange } from '@feedfleet/versioning';

/** How many of the newest versions of each id stay; null for all. */
export interface RetentionPolicy {
  readonly keepStable: number | null;
  readonly keepPrerelease: number | null;
}

type RetentionSource = Pick<MetadataStore, 'version' | 'versionsOf'> &
  Pick<RetentionStore, 'dependentsOf' | 'idsWithMoreThan' | 'pins'>;

/** Why a version beyond the newest ones stays. */
type Protection = 'pinned' | 'depended on';

export interface RetentionPlan {
  /** In order of id and version. */
  readonly removed: readonly VersionIdentity[];
  /** Versions beyond the newest ones that stay all the same, in order of id and version. */
  readonly protected: readonly (VersionIdentity & { readonly why: Protection })[];
}

interface PlanRetention {
  readonly feedId: string;
  readonly policy: RetentionPolicy;
  readonly source: RetentionSource;
  /** Waited for between reads: gives others their turn, and throws when nobody wants the plan any more. */
  readonly pause: () => Promise<void>;
}

interface Candidate extends VersionIdentity {
  why: Protection | 'nothing';
}

/** An id with candidates. */
interface Contested {
  /** All versions, normalized, ascending. Nothing more of them is kept: a feed may have a million. */
  readonly versions: readonly string[];
  /** By normalized version in lower case. */
  readonly candidates: ReadonlyMap<string, Candidate>;
}

export async function planRetention(options: PlanRetention): Promise<RetentionPlan> {
  const marking = new Marking(options);
  await marking.findCandidates();
  await marking.markPinned();
  await marking.markDependedOn();
  return marking.plan();
}

class Marking {
  readonly #options: PlanRetention;
  /** By id in lower case, in order of id. */
  readonly #contested = new Map<string, Contested>();
  /** Candidates that were found to stay, whose own dependencies are not followed yet. */
  readonly #unfollowed: Candidate[] = [];

  constructor(options: PlanRetention) {
    this.#options = options;
  }

  async findCandidates(): Promise<void> {
    const { feedId, policy, source, pause } = this.#options;
    const kept = { stable: policy.keepStable, prerelease: policy.keepPrerelease };
    for await (const id of each((after) => source.idsWithMoreThan(feedId, kept, after), '', pause)) {
      const versions = await source.versionsOf(feedId, id);
      const candidates = beyondNewest(versions, policy).map(
        (version) => [keyOf(version), candidateOf(version)] as const,
      );
      this.#contested.set(id.toLowerCase(), {
        versions: versions.map(({ normalizedVersion }) => normalizedVersion),
        candidates: new Map(candidates),
      });
      await pause();
    }
  }

  async markPinned(): Promise<void> {
    const { feedId, source } = this.#options;
    for (const pin of await source.pins(feedId)) {
      this.#mark(this.#contested.get(pin.id.toLowerCase())?.candidates.get(keyOf(pin)), 'pinned');
    }
  }

  async markDependedOn(): Promise<void> {
    const { feedId, source, pause } = this.#options;
    for (const [id, contested] of this.#contested) {
      for await (const dependent of each((after) => source.dependentsOf(feedId, id, after), 0, pause)) {
        if (!this.#isCandidate(dependent)) this.#mark(chosenBy(dependent.range, contested), 'depended on');
      }
    }
    for (let next = this.#unfollowed.pop(); next !== undefined; next = this.#unfollowed.pop()) {
      await this.#follow(next);
      await pause();
    }
  }

  plan(): RetentionPlan {
    const all = [...this.#contested.values()].flatMap(({ candidates }) => [...candidates.values()]);
    return {
      removed: all.filter(({ why }) => why === 'nothing').map(identityOf),
      protected: all.flatMap((each) => (each.why === 'nothing' ? [] : [{ ...identityOf(each), why: each.why }])),
    };
  }

  async #follow({ id, normalizedVersion }: Candidate): Promise<void> {
    const { feedId, source } = this.#options;
    const version = await source.version(feedId, id, normalizedVersion);
    for (const dependency of version?.metadata.dependencyGroups.flatMap((group) => group.dependencies) ?? []) {
      const contested = this.#contested.get(dependency.id.toLowerCase());
      if (contested !== undefined) this.#mark(chosenBy(dependency.range, contested), 'depended on');
    }
  }

  #isCandidate(version: VersionIdentity): boolean {
    return this.#contested.get(version.id.toLowerCase())?.candidates.has(keyOf(version)) === true;
  }

  #mark(candidate: Candidate | undefined, why: Protection): void {
    if (candidate?.why !== 'nothing') return;
    candidate.why = why;
    this.#unfollowed.push(candidate);
  }
}

/** All items of all chunks. */
async function* each<Item, Cursor>(
  read: (after: Cursor) => Promise<Chunk<Item, Cursor>>,
  begin: Cursor,
  pause: () => Promise<void>,
): AsyncGenerator<Item> {
  for (let after: Cursor | null = begin; after !== null;) {
    const chunk: Chunk<Item, Cursor> = await read(after);
    yield* chunk.items;
    await pause();
    after = chunk.next;
  }
}

/** @param versions - ascending. */
function beyondNewest(versions: readonly StoredVersion[], policy: RetentionPolicy): readonly StoredVersion[] {
  const stable = versions.filter(({ isPrerelease }) => !isPrerelease);
  const prerelease = versions.filter(({ isPrerelease }) => isPrerelease);
  const gone = new Set([...allBut(stable, policy.keepStable), ...allBut(prerelease, policy.keepPrerelease)]);
  return versions.filter((version) => gone.has(version));
}

function allBut(versions: readonly StoredVersion[], kept: number | null): readonly StoredVersion[] {
  return kept === null ? [] : versions.slice(0, Math.max(0, versions.length - kept));
}

/** The candidate that a restore takes for a dependency; undefined when it takes a version that stays anyway, or none. */
function chosenBy(rangeText: string, { versions, candidates }: Contested): Candidate | undefined {
  const range = parseRange(rangeText);
  if (range === undefined) return undefined;
  const lowest = versions[firstNotBelow(range, versions)];
  const version = lowest === undefined ? undefined : parseVersion(lowest);
  if (lowest === undefined || version === undefined || !satisfies(range, version)) return undefined;
  return candidates.get(lowest.toLowerCase());
}

/**
 * By halves: thousands may depend on an id with thousands of versions.
 *
 * @param versions - ascending.
 * @returns the index of the first that the lower end of the range lets in; their count when there is none.
 */
function firstNotBelow({ min, minInclusive }: VersionRange, versions: readonly string[]): number {
  const lowerEnd = { min, minInclusive, max: null, maxInclusive: false };
  let from = 0;
  for (let to = versions.length; from < to;) {
    const middle = Math.floor((from + to) / 2);
    const version = parseVersion(versions[middle] ?? '');
    if (version !== undefined && satisfies(lowerEnd, version)) to = middle;
    else from = middle + 1;
  }
  return from;
}

const keyOf = ({ normalizedVersion }: Pick<VersionIdentity, 'normalizedVersion'>): string =>
  normalizedVersion.toLowerCase();

const identityOf = ({ id, normalizedVersion }: VersionIdentity): VersionIdentity => ({ id, normalizedVersion });

const candidateOf = (version: VersionIdentity): Candidate => ({ ...identityOf(version), why: 'nothing' });
