/** Runs jest, and reads what it counted. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const root = path.resolve(import.meta.dirname, '..');
const none: JestReport = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };

/** @param environment - beside that of this process. */
export function runJest(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly code: number; readonly report: JestReport } {
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
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment } },
    );
    return { code: status ?? 1, report: JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport };
  } catch {
    process.stderr.write('jest ended without a report\n');
    return { code: 1, report: none };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
