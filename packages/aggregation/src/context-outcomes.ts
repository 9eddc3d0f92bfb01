/** Collects what became of the contexts of one query, over all of its questions. */
import type { PlannedContext } from '@feedfleet/feedchain';

import type { ContextAnswer } from './context-answer.ts';
import type { ContextOutcome, ContextReport, WithheldId } from './hierarchy-report.ts';

/** From what is best to what is worst. */
const SEVERITY: readonly ContextOutcome[] = ['answered', 'stale', 'unsupported', 'denied', 'unavailable'];
/** Of ids that were withheld; what else there is is not told. */
const MAX_WITHHELD = 1000;

/** Names a context in all plans of one query. */
function contextName(context: PlannedContext): string {
  switch (context.kind) {
    case 'local':
      return '';
    case 'feed':
      return `feed ${context.feed.id}`;
    case 'foreign':
      return `foreign ${context.key}`;
  }
}

/** Name of the entry feed's own source that leads to a context; '' for the feed itself. */
export function ownSourceName(context: PlannedContext): string {
  return context.kind === 'local' ? '' : (context.via[0]?.name ?? '');
}

export class ContextOutcomes {
  readonly #indexes = new Map<string, number>();
  readonly #contexts: PlannedContext[] = [];
  readonly #reports = new Map<number, ContextReport>();
  readonly #withheld = new Map<string, WithheldId>();
  isCountExact = true;
  /** Whether anything that was told is only for a query that comes the same way. */
  variesByChain = false;

  /** Index of a context in this query. The feed itself has 0, since it comes first in every plan. */
  indexOf(context: PlannedContext): number {
    const name = contextName(context);
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#contexts.length;
    this.#indexes.set(name, index);
    this.#contexts.push(context);
    return index;
  }

  /** @param index - of `indexOf`. */
  contextAt(index: number): PlannedContext | undefined {
    return this.#contexts[index];
  }

  record(context: PlannedContext, answer: ContextAnswer<unknown>): void {
    this.variesByChain ||= 'variesByChain' in answer && answer.variesByChain;
    const index = this.indexOf(context);
    const report: ContextReport = {
      ...{ context: index, kind: context.kind, source: ownSourceName(context), isRequired: context.isRequired },
      outcome: answer.outcome,
      isPartial: 'isPartial' in answer && answer.isPartial,
      code: 'code' in answer ? answer.code : '',
      detail: 'code' in answer ? answer.detail : '',
      retryAfterMs: 'code' in answer ? answer.retryAfterMs : 0,
      ageMs: 'ageMs' in answer ? answer.ageMs : 0,
      requests: answer.requests,
      tookMs: answer.tookMs,
    };
    const before = this.#reports.get(index);
    this.#reports.set(index, before === undefined ? report : together(before, report));
  }

  withhold(withheld: WithheldId): void {
    if (this.#withheld.size < MAX_WITHHELD) this.#withheld.set(`${withheld.context} ${withheld.id}`, withheld);
  }

  get withheld(): readonly WithheldId[] {
    return [...this.#withheld.values()];
  }

  /** In the order of the plan. */
  get reports(): readonly ContextReport[] {
    return [...this.#reports.values()].sort((left, right) => left.context - right.context);
  }
}

function together(before: ContextReport, after: ContextReport): ContextReport {
  const worse = SEVERITY.indexOf(after.outcome) > SEVERITY.indexOf(before.outcome) ? after : before;
  return {
    ...worse,
    isPartial: before.isPartial || after.isPartial,
    ageMs: Math.max(before.ageMs, after.ageMs),
    requests: before.requests + after.requests,
    tookMs: Math.max(before.tookMs, after.tookMs),
  };
}
