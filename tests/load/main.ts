/**
 * `npm run load [SCENARIO ...] [-- OPTIONS]`: scenarios of `feedfleet load` on a throw-away fleet that has what they need; all of them by
 * default. Options are those of `feedfleet load`, for example `--duration 10s --rate 100`. Reports go to `load-reports/`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { allScenarios } from '@feedfleet/load';
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

const root = path.resolve(import.meta.dirname, '../..');
const reports = path.join(root, 'load-reports');
const FEEDS = ['load-1', 'load-2', 'load-3'];
const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('-'));
const names = firstOption === -1 ? args : args.slice(0, firstOption);
const options = firstOption === -1 ? [] : args.slice(firstOption);

function feedfleet(fleet: Fleet, command: readonly string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(root, 'packages/cli/src/main.ts'), ...command],
    {
      stdio: 'inherit',
      env: { ...process.env, FEEDFLEET_DATA: fleet.data, FEEDFLEET_API_KEY: fleet.adminKey },
    },
  );
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

mkdirSync(reports, { recursive: true });
const fleet = await startFleet();
try {
  for (const name of FEEDS) await fleet.registry.feeds.create({ name, visibility: 'public' });
  for (const [place, name] of (names.length > 0 ? names : allScenarios.map((scenario) => scenario.name)).entries()) {
    const feeds = name === 'feeds' ? FEEDS : FEEDS.slice(0, 1);
    // The packages are there from the first on.
    const prepare = place === 0 || name === 'feeds' ? ['--prepare'] : [];
    const command = [
      'load',
      name,
      ...feeds.flatMap((feed) => ['--feed', feed]),
      '--out',
      path.join(reports, name),
      ...prepare,
      ...options,
    ];
    const code = await feedfleet(fleet, command);
    if (code !== 0) process.exitCode = code;
  }
} finally {
  await fleet.stop();
}
