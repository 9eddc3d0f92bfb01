/**
 * What was the case when: the samples of all observers, merged over time.
 *
 * A sample speaks from its instant until the next one of the same observer, and for `holdMs` at most: what comes after a missed check
 * is unknown, never up. No hysteresis: uptime counts what was, while alarms wait until they are sure.
 */
import type { State, Verdict } from '@feedfleet/status-model';

import { mergedState } from './merged-state.ts';

/** Instants are milliseconds since the epoch. */
export interface Observed {
  readonly at: number;
  readonly verdict: Verdict;
  /** For how long it speaks of its component, in milliseconds. */
  readonly holdMs: number;
}

/** From `from`, up to and without `to`. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

export interface Span extends Period {
  readonly state: State;
}

export interface TimelineQuestion extends Period {
  /** Of each observer what it saw, oldest first; from a longest `holdMs` before `from` on. */
  readonly observers: readonly (readonly Observed[])[];
  /** Announced: it is laid over whatever was seen. Any order; they may overlap. */
  readonly maintenance: readonly Period[];
}

/** From `at` on there is one more, or one less, who says so. */
interface Step {
  readonly at: number;
  readonly what: Verdict | 'maintenance';
  readonly by: 1 | -1;
}

function clippedSteps({ from, to }: Period, question: Period, what: Step['what']): readonly Step[] {
  const [start, end] = [Math.max(from, question.from), Math.min(to, question.to)];
  if (start >= end) return [];
  return [
    { at: start, what, by: 1 },
    { at: end, what, by: -1 },
  ];
}

function stepsOf(question: TimelineQuestion): readonly Step[] {
  const steps: Step[] = [];
  for (const samples of question.observers) {
    for (const [index, { at, verdict, holdMs }] of samples.entries()) {
      const to = Math.min(at + holdMs, samples[index + 1]?.at ?? Number.POSITIVE_INFINITY);
      steps.push(...clippedSteps({ from: at, to }, question, verdict));
    }
  }
  for (const each of question.maintenance) steps.push(...clippedSteps(each, question, 'maintenance'));
  return steps.sort((left, right) => left.at - right.at);
}

/** @returns spans that follow each other without a gap from `from` to `to`; neighbours differ in their state. */
export function timelineOf(question: TimelineQuestion): readonly Span[] {
  const { from, to } = question;
  const counts = { ok: 0, slow: 0, failed: 0, maintenance: 0 };
  const spans: Span[] = [];
  let since = from;
  let state: State = 'unknown';
  const endAt = (at: number): void => {
    if (at <= since) return;
    const last = spans.at(-1);
    if (last?.state === state) spans[spans.length - 1] = { from: last.from, to: at, state };
    else spans.push({ from: since, to: at, state });
    since = at;
  };
  for (const { at, what, by } of stepsOf(question)) {
    endAt(at);
    counts[what] += by;
    state = counts.maintenance > 0 ? 'maintenance' : mergedState(counts);
  }
  endAt(to);
  return spans;
}
