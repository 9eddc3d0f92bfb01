/**
 * `npm test`: the checks, then all tests, then one plain line: `N passed, N failed, N skipped`.
 *
 * Arguments go to jest, and skip the checks: `npm test -- balancer`.
 */
import { runChecks } from './check.ts';
import { runJest } from './run-jest.ts';

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
