/**
 * Registrations out of the store. An id with thousands of versions costs its pages' bounds, or the versions of one page: leaves
 * are read where they are shown, part by part, so that others get their turn.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { VersionPage, VersionPages } from '@feedfleet/store';

import { AdvisoryState } from './advisory-state.ts';
import type { AdvisoryReads } from './advisory-state.ts';
import {
  LEAVES_PER_PAGE,
  MAX_INLINED_LEAVES,
  registrationIndex,
  registrationPage,
  renderedLeaf,
} from './registration.ts';
import type { Registration, RenderedLeaf } from './registration.ts';
import type { PageBounds } from './v3-links.ts';

/** Leaves that are read in one turn: a few milliseconds. */
const LEAVES_PER_TURN = 128;

export interface RegistrationRequest extends Registration {
  readonly feedId: string;
  readonly signal: AbortSignal;
}

/** The part of a page or of the whole registration that a hive has. */
interface Bounds {
  readonly lower: string | null;
  readonly upper: string | null;
}

export class RegistrationReader {
  readonly #pages: VersionPages;
  readonly #advisories: Pick<AdvisoryReads, 'advisoriesOf'>;

  constructor(pages: VersionPages, advisories: Pick<AdvisoryReads, 'advisoriesOf'>) {
    this.#pages = pages;
    this.#advisories = advisories;
  }

  /** @returns undefined when the hive has no version of the id. */
  async index(request: RegistrationRequest): Promise<string | undefined> {
    const { feedId, id, hive, signal } = request;
    const query = { size: LEAVES_PER_PAGE, includeSemVer2: hive === 'semver2' };
    const pages = await this.#pages.pages(feedId, id, query, signal);
    if (pages.length === 0) return undefined;
    if (countOf(pages) > MAX_INLINED_LEAVES) return registrationIndex(request, pages, []);
    const leaves = await this.#leavesIn(request, { lower: null, upper: null });
    // A version came or went between the two reads: what is told must be of one state.
    return leaves.length === countOf(pages) ? registrationIndex(request, pages, leaves) : this.index(request);
  }

  /**
   * Everything between two bounds. Pages move as versions come and go: a client that holds an older index still gets all that lies
   * between the bounds it knows.
   *
   * @returns undefined when the hive has no version there.
   */
  async page(request: RegistrationRequest, bounds: PageBounds): Promise<string | undefined> {
    const leaves = await this.#leavesIn(request, bounds);
    return leaves.length === 0 ? undefined : registrationPage(request, bounds, leaves);
  }

  /** Rendered part by part, as they are read. */
  async #leavesIn(request: RegistrationRequest, bounds: Bounds): Promise<readonly RenderedLeaf[]> {
    const { feedId, id, hive, signal } = request;
    const shape = {
      ...bounds,
      includeSemVer2: hive === 'semver2',
      limit: LEAVES_PER_TURN,
      fragment: 'v3-leaf',
    } as const;
    const leaves: RenderedLeaf[] = [];
    for (;;) {
      const part = await this.#pages.versionsIn(feedId, id, { ...shape, skip: leaves.length }, signal);
      const advisories = await AdvisoryState.of(this.#advisories, feedId, part);
      for (const version of part) leaves.push(renderedLeaf(request, version, advisories));
      if (part.length < LEAVES_PER_TURN) return leaves;
      await nextTurn();
    }
  }
}

function countOf(pages: readonly VersionPage[]): number {
  return pages.reduce((total, { count }) => total + count, 0);
}
