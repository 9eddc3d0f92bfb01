/** What was found about foreign sources that may lead back to this fleet. */
import type { Operation, RegistryView, Source, SourceReports, SourceReportsAnswer } from '@feedfleet/registry-client';

import type { Registry } from '../registry.ts';

/** How long the same finding is not written again, in milliseconds: looking often must not fill the log of changes. */
const shortestRewriteMs = 3_600_000;

type Report = SourceReports['reports'][number];

/** The source that a report is about, as long as it is still what was looked at. */
function reportedSource(view: RegistryView, { source: id, url, fingerprint }: Report): Source | undefined {
  const source = view.sourceById(id);
  if (source?.target.kind !== 'foreign' || source.target.url !== url) return undefined;
  return (source.credential?.fingerprint ?? null) === fingerprint ? source : undefined;
}

function isNews({ loop }: Source, state: Report['state'], now: string): boolean {
  if (loop?.state !== state || loop.checkedAt === null) return true;
  return Date.parse(now) - Date.parse(loop.checkedAt) >= shortestRewriteMs;
}

/** Whether it says that a probe got lost which came back. */
function isRefuted({ caughtProbes }: Registry, { source, state, probe }: Report): boolean {
  if (probe === undefined) return false;
  const name = `${source}\n${probe}`;
  if (state === 'caught') caughtProbes.add(name);
  return state === 'clear' && caughtProbes.has(name);
}

/** The last report about a source counts. All are one change. */
export function recordReports(registry: Registry, { reports }: SourceReports): SourceReportsAnswer {
  const now = registry.now();
  const operations = new Map<string, Operation>();
  const current = reports.flatMap((report) => {
    const source = reportedSource(registry.view, report);
    return isRefuted(registry, report) || source === undefined ? [] : [{ source, state: report.state }];
  });
  for (const { source, state } of current) {
    operations.delete(source.id);
    if (!isNews(source, state, now)) continue;
    const value = { ...source, loop: { state, checkedAt: now } };
    operations.set(source.id, { entity: 'source', id: source.id, value });
  }
  const summary = `Loop state of ${operations.size} package sources`;
  registry.commit({ actor: 'operator', summary, operations: [...operations.values()] });
  const seen = new Set(current.map(({ source }) => source.id)).size;
  return {
    recorded: operations.size,
    unchanged: seen - operations.size,
    outdated: reports.length - current.length,
  };
}
