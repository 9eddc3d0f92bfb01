/**
 * `npm run check`: types, lint, boundaries, dead code, format and generated files, each told in one line, with its output when it fails.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
}

const root = path.resolve(import.meta.dirname, '..');
const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name);

const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: [bin('tsc'), '-p', '.'] },
  { name: 'lint', command: [bin('eslint'), '.', '--max-warnings=0'] },
  {
    name: 'boundaries',
    command: [
      bin('depcruise'),
      '--config',
      '.dependency-cruiser.cjs',
      'shared',
      'packages',
      'balancer',
      'endpoints',
      'tests',
    ],
  },
  { name: 'dead code', command: [bin('knip')] },
  { name: 'format', command: [bin('prettier'), '--check', '--cache', '--log-level=warn', '.'] },
  {
    name: 'generated files',
    command: [process.execPath, '--disable-warning=ExperimentalWarning', 'infra/generate/main.ts', '--check'],
  },
];

function run(command: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs every check, two at a time, and tells each as it ends. */
export async function runChecks(): Promise<readonly CheckResult[]> {
  const waiting = [...checks];
  const results: CheckResult[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { code, output } = await run(check.command);
      results.push({ name: check.name, passed: code === 0 });
      process.stdout.write(code === 0 ? `check ${check.name}: clean\n` : `check ${check.name}: FAILED\n${output}\n`);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = await runChecks();
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
