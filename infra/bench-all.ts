/**
 * `npm run bench:all`: every benchmark, one after the other, then one table of what counts; kept in `docs/performance.json`, of which
 * `docs/performance.md` is made. `-- --only bench:overload,bench:fanout` runs some and keeps what was found of the others.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { isMet, keepBench, readFigure } from './measured-figures.ts';
import type { MeasuredBench } from './measured-figures.ts';

const root = path.resolve(import.meta.dirname, '..');

async function benchNames(): Promise<readonly string[]> {
  const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return Object.keys(scripts).filter((name) => /^bench(:|$)/.test(name) && name !== 'bench:all');
}

function refuse(reason: string): never {
  process.stderr.write(`bench:all: ${reason}\n`);
  process.exit(2);
}

function chosenOf(args: readonly string[], names: readonly string[]): readonly string[] {
  let only: string | undefined;
  try {
    ({ only } = parseArgs({ args: [...args], options: { only: { type: 'string' } }, allowPositionals: false }).values);
  } catch (error) {
    refuse(`${(error as Error).message} Expected nothing, or --only NAME[,NAME ...] of ${names.join(', ')}.`);
  }
  if (only === undefined) return names;
  const chosen = only.split(',');
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0) refuse(`--only: expected names of ${names.join(', ')}; got ${unknown.join(', ')}`);
  return chosen;
}

/** @returns whether it ended well. */
function runScript(name: string, figuresFile: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, BENCH_FIGURES: figuresFile };
    const child = spawn('npm', ['run', '--silent', name], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

async function measure(name: string, folder: string): Promise<MeasuredBench | undefined> {
  process.stdout.write(`\n=== npm run ${name}\n\n`);
  const file = path.join(folder, `${name.replaceAll(':', '-')}.jsonl`);
  const began = Date.now();
  const loadBefore = loadavg()[0] ?? 0;
  const endedWell = await runScript(name, file);
  if (!endedWell || !existsSync(file)) return undefined;
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return {
    name,
    command: `npm run ${name}`,
    measuredOn: new Date(began).toISOString().slice(0, 10),
    tookSeconds: Math.round((Date.now() - began) / 1_000),
    processors: availableParallelism(),
    loadBefore: Math.round(loadBefore * 10) / 10,
    figures: lines.map(readFigure).map((figure) => ({ ...figure, value: Number(figure.value.toPrecision(4)) })),
  };
}

const chosen = chosenOf(process.argv.slice(2), await benchNames());
const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-bench-all-'));
const failed: string[] = [];
try {
  for (const name of chosen) {
    const bench = await measure(name, folder);
    if (bench === undefined) failed.push(name);
    else await keepBench(bench);
    for (const figure of bench?.figures ?? []) {
      if (isMet(figure) === false) process.stdout.write(`MISSED ${figure.title}: ${figure.value}\n`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(
  `\n${chosen.length - failed.length} of ${chosen.length} benchmarks told figures: docs/performance.json`,
);
process.stdout.write('; npm run generate makes docs/performance.md of it\n');
if (failed.length > 0) refuse(`no figures of ${failed.join(', ')}; what they printed above says why`);
