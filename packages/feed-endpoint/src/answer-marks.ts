/**
 * What the headers of an answer from many sources say of it: what is missing, old or estimated, and for whom it is meant to know, how long
 * each source took. Sources are named as the feed that was asked names its own.
 *
 * Source: W3C, "Server Timing", section 3.
 */
import type { ContextReport, HierarchyReport } from '@feedfleet/aggregation';
import { FAULT_HEADER, SOURCE_FAULT } from '@feedfleet/problems';

/** Sources that are named in one header; more of them say nothing more. */
const MAX_NAMED = 50;

/** Names and values of headers. */
export function answerMarks(report: HierarchyReport): readonly (readonly [string, string])[] {
  const missing = report.contexts.filter(
    ({ outcome, isPartial }) => isPartial || outcome === 'unavailable' || outcome === 'unsupported',
  );
  const stale = report.contexts.filter(({ outcome }) => outcome === 'stale');
  const marks: (readonly [string, string])[] = [];
  if (missing.length > 0) marks.push(['X-Feedfleet-Partial', named(missing, reasonOf)], [FAULT_HEADER, SOURCE_FAULT]);
  if (stale.length > 0) marks.push(['X-Feedfleet-Stale', named(stale, ageOf)]);
  if (!report.isCountExact) marks.push(['X-Feedfleet-Count', 'estimate']);
  return marks;
}

/** Empty when nobody was asked. */
export function serverTiming({ contexts }: HierarchyReport): string {
  const metrics = contexts.slice(0, MAX_NAMED).map(({ source, outcome, requests, tookMs }, index) => {
    const description = `${source === '' ? 'own packages' : source}, ${outcome}, ${requests} requests`;
    return `s${index};desc="${description}";dur=${tookMs}`;
  });
  return metrics.join(', ');
}

/** One element for each source of the feed, the worst of what is behind it. */
function named(contexts: readonly ContextReport[], parameterOf: (context: ContextReport) => string): string {
  const bySource = Map.groupBy(contexts, ({ source }) => source);
  const elements = [...bySource].map(
    ([source, [first]]) => `${source}${first === undefined ? '' : parameterOf(first)}`,
  );
  return elements.slice(0, MAX_NAMED).join(', ');
}

function reasonOf({ outcome, code, isPartial }: ContextReport): string {
  if (isPartial) return ';reason=partial';
  return `;reason=${code === '' ? outcome : code}`;
}

function ageOf({ ageMs }: ContextReport): string {
  return `;age=${Math.round(ageMs / 1000)}`;
}
