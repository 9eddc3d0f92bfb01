/** The end of a push: a summary for people, one document of stable shape for scripts, and the exit code. */
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Failure } from '../failure.ts';
import { formatBytes } from '../quantities.ts';
import type { PushOutcome, PushResult } from './push-packages.ts';

export interface PushReport {
  /** Where it went, without secrets. */
  readonly target: string;
  readonly counts: Readonly<Record<PushOutcome, number>>;
  readonly pushedBytes: number;
  readonly packages: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly outcome: PushOutcome;
    readonly attempts: number;
    readonly failure: Failure | null;
  }[];
}

export function reportOf(target: string, results: readonly PushResult[]): PushReport {
  const counts = { pushed: 0, exists: 0, resumed: 0, failed: 0, notTried: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return {
    target,
    counts,
    pushedBytes: results.reduce((sum, { file, outcome }) => sum + (outcome === 'pushed' ? file.sizeBytes : 0), 0),
    packages: results.map(({ file, outcome, attempts, failure }) => ({
      path: file.name,
      sizeBytes: file.sizeBytes,
      outcome,
      attempts,
      failure: failure ?? null,
    })),
  };
}

/** The special code when all failures agree on it; 1 when they differ. */
export function exitCodeOfReport(report: PushReport): ExitCode {
  if (report.counts.failed === 0) return report.counts.notTried === 0 ? exitCodes.ok : exitCodes.failed;
  const codes = new Set(report.packages.flatMap(({ failure }) => (failure === null ? [] : [exitCodeOf(failure)])));
  const [first = exitCodes.failed] = codes;
  return codes.size === 1 ? first : exitCodes.failed;
}

/** Each failure with the server's reason, told once where many packages failed for the same one. */
export function renderFailures(report: PushReport): string {
  const byReason = new Map<string, { readonly failure: Failure; readonly paths: string[] }>();
  for (const { path, failure } of report.packages) {
    if (failure === null) continue;
    const reason = [failure.code, failure.title, failure.detail].filter((part) => part !== undefined).join(': ');
    const entry = byReason.get(reason) ?? { failure, paths: [] };
    entry.paths.push(path);
    byReason.set(reason, entry);
  }
  return [...byReason]
    .map(([reason, { failure, paths }]) => `${paths.join('\n')}\n  ${reason}\n  ${failure.solve}\n`)
    .join('');
}

export function renderSummary(report: PushReport): string {
  const { counts } = report;
  const parts = [
    `${counts.pushed} pushed (${formatBytes(report.pushedBytes)})`,
    counts.exists === 0 ? '' : `${counts.exists} there already`,
    counts.resumed === 0 ? '' : `${counts.resumed} done in an earlier run`,
    counts.failed === 0 ? '' : `${counts.failed} failed`,
    counts.notTried === 0 ? '' : `${counts.notTried} not tried`,
  ];
  return `${parts.filter((part) => part !== '').join(', ')}: ${report.target}\n`;
}
