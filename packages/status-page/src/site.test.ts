import { describe, expect, it } from '@jest/globals';
import type { StatusReport } from '@feedfleet/status-model';

import { calmReport, downReport, maintenanceReport, sampleTip, unknownReport } from './sample-report.ts';
import { pageGuards } from './security.ts';
import { siteFiles, sitePathOf } from './site.ts';
import { readMarkup } from './well-formed.ts';

function fileOf(report: StatusReport, path: string): string {
  const file = siteFiles(report).find((one) => one.path === path);
  if (file === undefined) throw new Error(`the site has no ${path}`);
  return file.render();
}

describe('the status page', () => {
  it('says first how things are, then what to do', () => {
    const { text } = readMarkup(fileOf(downReport(), 'index.html'));
    const sentence = text.indexOf('NuGet v2 is down. All other endpoints work.');
    expect(sentence).toBeGreaterThan(0);
    expect(text.indexOf('What to do now')).toBeGreaterThan(sentence);
    expect(text.indexOf('Endpoints')).toBeGreaterThan(text.indexOf('What to do now'));
    expect(text).toContain('Since 13:50 UTC (12 min ago)');
  });

  it('gives the lines for nuget.config exactly as they are', () => {
    const page = fileOf(downReport(), 'index.html');
    const lines = /<pre><code>([^]*?)<\/code>/.exec(page)?.[1];
    const unescaped = lines?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"');
    expect(unescaped).toBe(sampleTip().nugetConfig);
  });

  it('admits where it knows no other address', () => {
    const report = downReport();
    const families = report.families.map((family) => ({ ...family, tip: null }));
    const down = families.map((family) => ({ ...family, state: 'down' as const }));
    expect(fileOf({ ...report, families }, 'index.html')).toContain('No other address is known to serve the same');
    expect(fileOf({ ...report, families: down }, 'index.html').match(/No other address/g)).toHaveLength(1);
  });

  it('has no advice where nothing is wrong', () => {
    expect(fileOf(calmReport(), 'index.html')).not.toContain('What to do now');
  });

  it('names instances nowhere', () => {
    for (const make of [calmReport, downReport, maintenanceReport, unknownReport]) {
      for (const { path, render } of siteFiles(make())) {
        if (path !== 'status.json') expect(render()).not.toMatch(/\b(?:v2|symbols)-[12]\b|instance:/);
      }
    }
  });

  it('tells the uptime of each month and year, and shows 100 % only where nothing is missing', () => {
    const report = calmReport();
    const [family, ...others] = report.families;
    if (family === undefined) throw new Error('the sample has families');
    const ms = 28 * 86_400_000;
    const times = { up: ms - 1000, degraded: 0, down: 1000, maintenance: 0, unknown: 0 };
    const months = [
      { month: '2025-02', times: { ...times, up: 0.9844 * ms, down: 0.0156 * ms }, uptime: 0.9844, availability: null },
      { month: '2026-02', times, uptime: 1 - 1000 / ms, availability: { good: 999, all: 1000 } },
    ];
    const changed = { ...report, families: [{ ...family, months }, ...others] };
    const index = fileOf(changed, 'index.html');
    expect(index).toMatch(/February 2025<\/th><td class="number low">98\.44 %/);
    expect(index).toMatch(/February 2026<\/th><td class="number">99\.99 %/);
    const own = fileOf(changed, `family/${family.id}.html`);
    expect(own).toContain('(average of the last twelve: 99.22 %)');
    expect(own).toContain('99.90 %');
  });

  it('says of an unknown day that it is unknown, and draws no bar for it', () => {
    const page = fileOf(unknownReport(), 'index.html');
    expect(page).toContain('Last 90 days: uptime unknown.');
    expect(page).not.toContain('<path class="up"');
  });

  it('says that it is a copy which may be old, and when it was made', () => {
    expect(fileOf(calmReport(), 'index.html')).toContain(
      '<time datetime="2026-11-28T14:02:11Z">28 Nov 2026, 14:02:11 UTC</time>',
    );
  });

  it('allows exactly the style and the script that are in it', () => {
    const page = fileOf(calmReport(), 'index.html');
    expect(pageGuards()['Content-Security-Policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+';.*frame-ancestors 'none'$/,
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<style/g)).toHaveLength(1);
  });

  it('is changed for a reader only when there are news', () => {
    const newsOf = (report: StatusReport) => /data-news="([^"]+)"/.exec(fileOf(report, 'index.html'))?.[1];
    const later = { ...calmReport(), generatedAt: '2026-11-28T14:03:00Z' };
    expect(newsOf(later)).toBe(newsOf(calmReport()));
    expect(newsOf(downReport())).not.toBe(newsOf(calmReport()));
  });
});

describe('addresses of the site', () => {
  it('lead to a file with and without its ending', () => {
    expect(
      [
        '/',
        '/index.html',
        '/history',
        '/incidents/abc123',
        '/incidents/abc123.html',
        '/family/v2/',
        '/badge/v2.svg',
      ].map(sitePathOf),
    ).toEqual([
      'index.html',
      'index.html',
      'history.html',
      'incidents/abc123.html',
      'incidents/abc123.html',
      'family/v2.html',
      'badge/v2.svg',
    ]);
  });

  it('lead nowhere outside', () => {
    expect(['/../secrets', '/incidents/../../x', '/.git/config', '//evil', '/%2e%2e/x'].map(sitePathOf)).toEqual(
      Array(5).fill(undefined),
    );
  });
});
