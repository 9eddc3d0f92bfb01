/** Debian's chromium, without a window. */
import { execFileSync } from 'node:child_process';

import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

export type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export async function openBrowser(): Promise<Browser> {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface AxeFinding {
  readonly rule: string;
  readonly where: readonly string[];
}

/** Whatever axe-core calls a violation, of all its rules. */
export async function axeFindings(page: Page): Promise<readonly AxeFinding[]> {
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ rule: id, where: nodes.map(({ html }) => html.slice(0, 200)) })))`);
}
