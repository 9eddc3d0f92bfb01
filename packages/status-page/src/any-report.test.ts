import { describe, expect, it } from '@jest/globals';
import type { StatusReport } from '@feedfleet/status-model';
import fc from 'fast-check';

import { anyReport } from './arbitrary-report.ts';
import { operatorPage } from './pages.ts';
import { archiveOf, calmReport, downReport } from './sample-report.ts';
import { siteFiles } from './site.ts';
import type { SiteFile } from './site.ts';
import { readMarkup } from './well-formed.ts';

const isMarkup = (contentType: string): boolean => /html|xml/.test(contentType);

interface Rendered {
  readonly path: string;
  readonly body: string;
}

const bodies = (files: readonly SiteFile[]): readonly Rendered[] =>
  files.filter(({ contentType }) => isMarkup(contentType)).map(({ path, render }) => ({ path, body: render() }));

const rendered = (report: StatusReport): readonly Rendered[] => [
  ...bodies(siteFiles(report)),
  { path: 'operator', body: operatorPage(report) },
];

/** The pages of the archive, as if the report held none of its incidents any more. */
const archived = (report: StatusReport): readonly Rendered[] => {
  const files = siteFiles({ ...report, incidents: [] }, archiveOf(report.incidents));
  return bodies(files.filter(({ edition }) => edition !== undefined));
};

describe('a status page of any report', () => {
  it('is well-formed, runs nothing but its own script, and leads nowhere but to the web', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        for (const { body } of [...rendered(report), ...archived(report)]) {
          const { elements } = readMarkup(body);
          for (const { name, attributes } of elements) {
            expect(
              Object.keys(attributes).filter((attribute) => attribute.startsWith('on') || attribute === 'style'),
            ).toEqual([]);
            expect(['img', 'iframe', 'object', 'form', 'base']).not.toContain(name);
            if (name !== 'use') expect(attributes.href ?? '').not.toMatch(/^\s*(?!https?:|data:image\/svg)[a-z]+:/i);
          }
          expect(elements.filter(({ name }) => name === 'script').length).toBeLessThan(2);
          expect(body.replace(/<script>[^]*<\/script>/, '')).not.toMatch(/NaN|Infinity|undefined|\[object/);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('names no file that leads out of its folder', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        for (const { path } of siteFiles(report))
          expect(path).toMatch(/^(?:[a-z]+\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,70}$/);
      }),
    );
  });

  it('stays within bounds, whatever is in the report', () => {
    const [family] = downReport().families;
    const [incident] = downReport().incidents;
    if (family === undefined || incident === undefined) throw new Error('the sample has both');
    const long = '"'.repeat(20_000);
    const many = <T>(item: T): T[] => Array.from({ length: 120 }, () => item);
    const days = family.days.map((day) => ({
      ...day,
      times: { up: 1, degraded: 1, down: 1, maintenance: 1, unknown: 1 },
    }));
    const updates = many({ at: incident.openedAt, by: long, text: long });
    const tip = { text: long, useUrl: long, insteadOfUrl: long, nugetConfig: long, checkedAt: null };
    const message = {
      id: 'm3ss4g3',
      kind: 'tip' as const,
      family: family.id,
      text: long,
      postedAt: incident.openedAt,
      until: null,
    };
    const report: StatusReport = {
      ...downReport(),
      title: long,
      overall: { state: 'down', sentence: long, since: null },
      families: many(family).map((_, index) => ({
        ...family,
        id: index === 0 ? family.id : `${family.id}-${index}`,
        title: long,
        urlPattern: long,
        reason: long,
        state: 'down',
        days,
        tip,
      })),
      incidents: many({ ...incident, title: long, updates }),
      messages: many(message),
      certificates: many({
        where: long,
        subject: long,
        validTo: incident.openedAt,
        seenAt: incident.openedAt,
        problem: long,
      }),
      observers: many({ name: long, lastSeenAt: null, isSilent: true }),
    };
    const sizes = rendered(report).map(({ path, body }) => ({ path, megabytes: body.length / 1e6 }));
    expect(sizes.filter(({ megabytes }) => megabytes > 5)).toEqual([]);
    expect(sizes.length).toBeLessThan(300);
  });

  it('takes less than 60 KB for eight families of 90 days', () => {
    const { families, ...rest } = calmReport();
    const eight = [...families, ...families.slice(0, 2).map((family) => ({ ...family, id: `${family.id}-b` }))];
    const index = siteFiles({ ...rest, families: eight }).find(({ path }) => path === 'index.html');
    expect(eight).toHaveLength(8);
    expect(Buffer.byteLength(index?.render() ?? '')).toBeLessThan(60_000);
  });
});
