/**
 * `npm test`: the checks, then all tests, then one plain line: `N passed, N failed, N skipped`.
 *
 * Arguments go to jest, and skip the checks: `npm test -- balancer`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runChecks } from './check.ts';

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const root = path.resolve(import.meta.dirname, '..');
const none: JestReport = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };

function runJest(args: readonly string[]): { readonly code: number; readonly report: JestReport } {
  const folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-test-'));
  const outputFile = path.join(folder, 'report.json');
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
        '--json',
        `--outputFile=${outputFile}`,
        ...args,
      ],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return { code: status ?? 1, report: JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport };
  } catch {
    process.stderr.write('jest ended without a report\n');
    return { code: 1, report: none };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const args = process.argv.slice(2);
const checks = args.length === 0 ? await runChecks() : [];
const { code, report } = runJest(args);
const failedChecks = checks.filter(({ passed }) => !passed).length;
// A suite that cannot even load counts as one failure.
const failed = report.numFailedTests + report.numRuntimeErrorTestSuites + failedChecks;
const passed = report.numPassedTests + checks.length - failedChecks;
const hidden = code !== 0 && failed === 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed + hidden} failed, ${report.numPendingTests} skipped\n`);
process.exitCode = failed + hidden === 0 ? 0 : 1;
