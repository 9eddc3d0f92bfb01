/** What comes through from each context to the feed that was asked: filters of the ways, and the rules of dependency confusion. */
import type { PlannedContext } from '@feedfleet/feedchain';
import type { Feed, Source } from '@feedfleet/registry-client';

import { withheldBecause } from './confusion-rules.ts';
import type { ConfusionFacts } from './confusion-rules.ts';
import type { ContextOutcomes } from './context-outcomes.ts';

export interface Judged {
  readonly id: string;
  readonly isPrerelease: boolean;
}

export interface GateFacts {
  readonly entry: Feed;
  readonly feedOf: (feedId: string) => Feed | undefined;
  /** Ids that feeds of this fleet have themselves, in lower case. */
  readonly held: ReadonlySet<string>;
  /** Ids of sources, by id in lower case. */
  readonly pins: ReadonlyMap<string, string>;
  readonly outcomes: ContextOutcomes;
}

/** Judges each id once for each context, with and without pre-releases. */
export class ContextGate {
  readonly #rules: ConfusionFacts;
  readonly #outcomes: ContextOutcomes;

  constructor({ entry, feedOf, held, pins, outcomes }: GateFacts) {
    this.#rules = { entry, feedOf, isHeld: (id) => held.has(id), pinOf: (id) => pins.get(id) };
    this.#outcomes = outcomes;
  }

  admitsOf(context: PlannedContext, from: number): (row: Judged) => boolean {
    if (context.kind === 'local') return () => true;
    const known = new Map<string, boolean>();
    return ({ id, isPrerelease }) => {
      const name = `${isPrerelease ? '-' : ''}${id.toLowerCase()}`;
      let admits = known.get(name);
      if (admits === undefined) {
        admits = this.#judge(context, { id, isPrerelease }, from);
        known.set(name, admits);
      }
      return admits;
    };
  }

  /** The first of the ways of a foreign version that lets it through; undefined for none. */
  admittingEdge(context: PlannedContext, row: Judged): Source | undefined {
    if (context.kind !== 'foreign') return undefined;
    const edges = context.admittingEdges(row);
    return edges.find((edge) => withheldBecause(row.id.toLowerCase(), [edge], this.#rules) === undefined);
  }

  #judge(context: PlannedContext, row: Judged, from: number): boolean {
    if (!context.admits(row)) return false;
    if (context.kind !== 'foreign') return true;
    const id = row.id.toLowerCase();
    const reason = withheldBecause(id, context.admittingEdges(row), this.#rules);
    if (reason !== undefined) this.#outcomes.withhold({ id, context: from, reason });
    return reason === undefined;
  }
}
