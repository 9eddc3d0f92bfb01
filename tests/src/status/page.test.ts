/** The status page in a real browser: in each state, dark and light, on a phone and a desk, with scripts and without. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { StatusReport } from '@feedfleet/status-model';
import {
  archiveOf,
  calmReport,
  downReport,
  maintenanceReport,
  operatorPage,
  pageGuards,
  siteFiles,
  sitePathOf,
  unknownReport,
} from '@feedfleet/status-page';

import { axeFindings, openBrowser } from '../support/browser.ts';
import type { Browser, BrowserContextOptions, Page } from '../support/browser.ts';
import { describeWith } from '../support/component.ts';

const desk = { width: 1200, height: 900 };
const phone = { width: 360, height: 740 };
const made = { calm: calmReport, down: downReport, maintenance: maintenanceReport, unknown: unknownReport };

let server: Server;
let browser: Browser;
let report: StatusReport;
/** With one incident that the report holds no more. */
const old = downReport().incidents.map((each) => ({ ...each, id: '0ld0wn24', openedAt: '2024-02-29T09:00:00Z' }));
const archive = archiveOf([...downReport().incidents, ...old.slice(0, 1)]);
let asked: string[];
/** What the browser complains of: refused by the policy, failed, thrown. */
let complaints: string[];

function answerOf(url: string): { readonly type: string; readonly body: string } | undefined {
  if (url === '/operator') return { type: 'text/html; charset=utf-8', body: operatorPage(report) };
  const file = siteFiles(report, archive).find(({ path }) => path === sitePathOf(url));
  return file && { type: file.contentType, body: file.render() };
}

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answerOf(request.url ?? '');
    response.writeHead(answer === undefined ? 404 : 200, {
      ...pageGuards(),
      'content-type': answer?.type ?? 'text/plain',
    });
    response.end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  asked = [];
  complaints = [];
  report = calmReport();
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: desk, ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return page;
}

const widthBeyond = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
/** As when a reader comes back to the tab. */
const lookAgain = (page: Page): Promise<unknown> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

describeWith(['chromium'], 'the status page in a browser', () => {
  const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
    [desk, phone].map((viewport) => ({ colorScheme, viewport })),
  );

  it.each(Object.keys(made) as (keyof typeof made)[])('is accessible and fits when it is %s', async (state) => {
    report = made[state]();
    for (const look of looks) {
      const page = await open('/', look);
      await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
      expect({ state, ...look, found: await axeFindings(page), beyond: await widthBeyond(page) }).toMatchObject({
        found: [],
        beyond: 0,
      });
      await page.context().close();
    }
    expect(complaints).toEqual([]);
    expect(asked.every((url) => url === '/')).toBe(true);
  });

  it.each([
    '/family/v2',
    '/incidents/v2d0wn28',
    '/history',
    '/history/2024-02',
    '/incidents/0ld0wn24',
    '/404.html',
    '/operator',
  ])('has %s accessible too', async (path) => {
    report = downReport();
    for (const look of looks) {
      const page = await open(path, look);
      expect({ path, ...look, found: await axeFindings(page), beyond: await widthBeyond(page) }).toMatchObject({
        found: [],
        beyond: 0,
      });
      await page.context().close();
    }
    expect(complaints).toEqual([]);
  });

  it('tells all of it without scripts, and offers to load itself again', async () => {
    report = downReport();
    const page = await open('/', { javaScriptEnabled: false, viewport: phone });
    expect(await page.locator('h1').innerText()).toBe('NuGet v2 is down. All other endpoints work.');
    expect(await page.locator('pre').innerText()).toContain('/api/v3/index.json');
    await page.getByText('Uptime in 2025').click();
    expect(await page.getByRole('table', { name: /in 2025/ }).isVisible()).toBe(true);
    await page.getByRole('link', { name: /^Load this page again/ }).click();
    expect(await page.locator('meta[http-equiv=refresh]').getAttribute('content')).toBe('30');
  });

  it('puts news in place, says them once, and leaves open what was open and the focus where it was', async () => {
    const page = await open('/');
    await page.getByText('States and formulas').click();
    await page.getByRole('link', { name: 'Symbols' }).first().focus();
    report = downReport();
    await lookAgain(page);
    await page.locator('#now', { hasText: 'NuGet v2 is down' }).waitFor();
    expect(await page.getByRole('status').innerText()).toContain('NuGet v2 is down.');
    expect(await page.title()).toMatch(/^Down/);
    expect(await page.locator('details#formulas').getAttribute('open')).toBe('');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Symbols');
    expect(complaints).toEqual([]);
  });

  it('leaves a reader alone who is reading, as long as there are no news', async () => {
    const page = await open('/');
    await page.getByRole('link', { name: 'Symbols' }).first().focus();
    await page.evaluate("document.getElementById('endpoints').dataset.seen = 'yes'");
    report = { ...calmReport(), generatedAt: '2026-11-28T14:09:00Z' };
    await lookAgain(page);
    await page.locator('#made', { hasText: '14:09:00' }).waitFor();
    expect(await page.locator('#endpoints').getAttribute('data-seen')).toBe('yes');
  });

  it('says when what it shows has become old', async () => {
    report = { ...calmReport(), generatedAt: new Date().toISOString() };
    const fresh = await open('/');
    expect(await fresh.locator('#stale').isVisible()).toBe(false);
    report = calmReport();
    const old = await open('/');
    expect(await old.locator('#stale').isVisible()).toBe(true);
  });

  it('shows where the keyboard is, from the skip link on', async () => {
    const page = await open('/');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(
      '[document.activeElement.closest("main") !== null, getComputedStyle(document.activeElement).outlineStyle]',
    );
    expect(focused).toEqual([true, 'solid']);
  });

  it('copies the lines of a tip as they are', async () => {
    report = downReport();
    const page = await open('/', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Copy the lines' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const { tip } = downReport().families.find(({ id }) => id === 'v2') ?? {};
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(tip?.nugetConfig);
  });
});
