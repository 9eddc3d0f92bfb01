/**
 * `npm run generate` writes the reference; `--check` writes nothing, names every file that would change, and exits with 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { cliPage } from './cli.ts';
import { errorsPage } from './errors.ts';
import { metricsPage } from './metrics.ts';
import { openApiPage, statusOpenApiPage } from './openapi.ts';
import type { Page } from './page.ts';
import { performancePage, performancePlot } from './performance.ts';
import { prometheusPage } from './prometheus.ts';
import { routesPage } from './routes.ts';
import { settingsPage } from './settings.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const pages: readonly Page[] = [
  errorsPage,
  settingsPage,
  metricsPage,
  cliPage,
  routesPage,
  openApiPage,
  statusOpenApiPage,
  prometheusPage,
  performancePage,
  performancePlot,
];

async function currentText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @returns whether the file is, or was, other than its source says. */
async function settle(each: Page, mode: 'check' | 'write'): Promise<boolean> {
  const file = path.join(root, each.file);
  const text = await each.render();
  // A checkout may have turned the line ends.
  if ((await currentText(file))?.replaceAll('\r\n', '\n') === text) return false;
  if (mode === 'check') {
    process.stderr.write(`${each.file} is not what its source says: npm run generate\n`);
    return true;
  }
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stdout.write(`generated ${each.file}\n`);
  return true;
}

const mode = process.argv.includes('--check') ? 'check' : 'write';
let changed = 0;
for (const each of pages) changed += (await settle(each, mode)) ? 1 : 0;
process.exitCode = mode === 'check' && changed > 0 ? 1 : 0;
