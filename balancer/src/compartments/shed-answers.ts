/** What somebody is told who was turned away: what was full, and when to come again. */
import { PreparedProblem } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { ExchangeResult } from '../exchange-log.ts';
import type { TrafficClass } from '../traffic.ts';
import type { Turned } from './compartment.ts';
import type { Shed } from './compartments.ts';

export interface FullCompartment {
  readonly family: string;
  readonly class: TrafficClass;
  readonly limit: number;
  readonly maxWaitMs: number;
  readonly retryAfterSeconds: number;
}

export type ShedReason = Exclude<Turned, 'gone'> | 'balancer';

const REASONS: readonly ShedReason[] = ['feed_full', 'full', 'timed_out', 'balancer'];

const RESULTS: Readonly<Record<Turned | 'balancer', ExchangeResult>> = {
  feed_full: 'shed_feed',
  full: 'shed_family',
  timed_out: 'queue_timeout',
  balancer: 'shed_balancer',
  gone: 'client_gone',
};

export const GONE: Shed = { outcome: 'shed', result: RESULTS.gone, problem: undefined };

/** Answers of one moment: thousands a second are refused alike, so each is made once, down to its bytes. */
export class ShedAnswers {
  readonly #kept = new Map<number, Shed>();
  #limit = 0;

  of(why: ShedReason, full: FullCompartment): Shed {
    if (this.#limit !== full.limit) this.#kept.clear();
    this.#limit = full.limit;
    const key = full.retryAfterSeconds * REASONS.length + REASONS.indexOf(why);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const made = shedBecause(why, full);
    this.#kept.set(key, made);
    return made;
  }
}

function shedBecause(why: ShedReason, full: FullCompartment): Shed {
  const { retryAfterSeconds } = full;
  const reason = `Too busy: try again in ${retryAfterSeconds} s`;
  const problem = new ProblemError(why === 'feed_full' ? 'feedBusy' : 'overloaded', {
    ...{ detail: detailOf(why, full), reason, retryAfterSeconds },
  });
  return { outcome: 'shed', result: RESULTS[why], problem: new PreparedProblem(problem) };
}

function detailOf(why: ShedReason, { family, class: traffic, limit, maxWaitMs }: FullCompartment): string {
  const place = `the family ${family}, class ${traffic}`;
  switch (why) {
    case 'feed_full':
      return `This feed has its whole share of ${place}, where ${limit} requests may be under way, and enough of its requests wait.`;
    case 'full':
      return `All ${limit} places of ${place}, are taken, and enough requests wait.`;
    case 'timed_out':
      return `No place of ${place}, came free within ${maxWaitMs} ms.`;
    case 'balancer':
      return `The balancer has too much to do for requests of ${place}.`;
  }
}
