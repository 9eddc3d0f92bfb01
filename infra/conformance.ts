/**
 * `npm run conformance -- --base URL --key KEY`: the conformance suite over any NuGet server that runs already, then one plain line:
 * `N passed, N failed, N skipped`.
 */
import { parseArgs } from 'node:util';

import { runJest } from './run-jest.ts';

const USAGE = `usage: npm run conformance -- --base URL --key KEY [--v1 URL] [--v2 URL] [--v3 URL] [--push URL] [--only TEXT]

  --base   the feed, for example http://host/F/feed; the other URLs are absolute, or paths below it
  --key    an API key that may push and remove; the suite pushes packages under ids of its own
  --v1     default /api/v1
  --v2     default /api/v2
  --v3     default /api/v3/index.json
  --push   default /api/v2/package
  --only   only tests whose full name matches this regular expression

What the server does not claim to serve is skipped, and says why.
`;

const PROTOCOLS = ['v1', 'v2', 'v3', 'push'] as const;

/** @throws TypeError for unknown options. */
function readArguments(args: readonly string[]) {
  const string = { type: 'string' } as const;
  const options = { base: string, key: string, v1: string, v2: string, v3: string, push: string, only: string };
  return parseArgs({ args: [...args], options, allowPositionals: false }).values;
}

function refuse(reason: string): never {
  process.stderr.write(`conformance: ${reason}\n\n${USAGE}`);
  process.exit(2);
}

function valuesOf(args: readonly string[]): ReturnType<typeof readArguments> {
  try {
    return readArguments(args);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const values = valuesOf(process.argv.slice(2));
const { base, key, only } = values;
if (base === undefined || !URL.canParse(base) || !/^https?:/.test(base)) {
  refuse(`--base: expected an http or https URL, got ${base === undefined ? 'nothing' : JSON.stringify(base)}`);
}
if (key === undefined) refuse('--key: expected an API key that may push, got nothing');

const urls = Object.fromEntries(
  PROTOCOLS.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
);
const { code, report } = runJest(
  ['tests/conformance', '--verbose', ...(only === undefined ? [] : ['--testNamePattern', only])],
  {
    FEEDFLEET_CONFORMANCE_BASE: base,
    FEEDFLEET_CONFORMANCE_KEY: key,
    FEEDFLEET_CONFORMANCE_URLS: JSON.stringify(urls),
  },
);
const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
const hidden = code !== 0 && failed === 0 ? 1 : 0;
process.stdout.write(`${report.numPassedTests} passed, ${failed + hidden} failed, ${report.numPendingTests} skipped\n`);
process.exitCode = failed + hidden === 0 ? 0 : 1;
