import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyReport } from './arbitrary-report.ts';
import { badge } from './badge.ts';
import { maintenanceCalendar } from './calendar.ts';
import { atomFeed, rssFeed } from './feeds.ts';
import { calmReport, downReport, maintenanceReport } from './sample-report.ts';
import { readMarkup } from './well-formed.ts';

const idsOf = (feed: string, name: string): readonly string[] =>
  [...feed.matchAll(new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`, 'g'))].map(([, id]) => id ?? '');

describe('the feed of incidents and maintenance', () => {
  it('has an entry for each step, newest first', () => {
    const { text, elements } = readMarkup(atomFeed(downReport()));
    expect(elements.filter(({ name }) => name === 'entry')).toHaveLength(7);
    expect(text.indexOf('Update: NuGet v2 does not answer')).toBeLessThan(
      text.indexOf('Closed: Default and NuGet v2 slow'),
    );
  });

  it('keeps the ids of what it has told, when the page moves and the story goes on', () => {
    const before = idsOf(atomFeed(calmReport()), 'id').slice(1);
    const after = idsOf(
      atomFeed({ ...downReport(), pageUrl: 'https://elsewhere.example', generatedAt: '2026-11-29T00:00:00Z' }),
      'id',
    );
    expect(before).toHaveLength(4);
    expect(after).toEqual(expect.arrayContaining([...before]));
    expect(idsOf(rssFeed(calmReport()), 'guid')).toEqual(before);
  });

  it('tells each id once, and of an unchanged story the same bytes', () => {
    const ids = idsOf(rssFeed(maintenanceReport()), 'guid');
    expect(new Set(ids).size).toBe(ids.length);
    expect(atomFeed({ ...calmReport(), generatedAt: '2026-11-28T15:00:00Z' })).toBe(atomFeed(calmReport()));
  });
});

describe('the calendar of maintenance', () => {
  it('has an event for each window', () => {
    const calendar = maintenanceCalendar(maintenanceReport());
    expect(calendar.match(/^BEGIN:VEVENT\r$/gm)).toHaveLength(2);
    expect(calendar).toContain('UID:maint001@status.feedfleet\r\n');
    expect(calendar).toContain('DTSTART:20261128T134211Z\r\nDTEND:20261128T144211Z\r\n');
    expect(calendar).toContain('SUMMARY:Symbols move to new disks\r\n');
  });

  it('escapes what is special, and gives it back when it is unfolded', () => {
    const [window, ...others] = maintenanceReport().maintenance;
    if (window === undefined) throw new Error('the sample has maintenance');
    const text = `Back\\slash; comma, "quote"\nsecond line ${'\u00e9\u{1f4e6}'.repeat(60)}`;
    const calendar = maintenanceCalendar({ ...maintenanceReport(), maintenance: [{ ...window, text }, ...others] });
    const unfolded = calendar.replaceAll('\r\n ', '');
    const written = /^DESCRIPTION:(.*)\r$/m.exec(unfolded)?.[1] ?? '';
    const read = written.replace(/\\([\\;,n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
    expect(read).toBe(`Concerns Symbols.\n\n${text}`);
  });

  it('keeps to lines of 75 bytes that are content lines, whatever is in the report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const calendar = maintenanceCalendar(report);
        expect(Math.max(...calendar.split('\r\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
        const lines = calendar.replaceAll('\r\n ', '').split('\r\n').slice(0, -1);
        for (const line of lines) expect(line).toMatch(/^[A-Z-]+(?:;VALUE=DURATION)?:[^\r\n]*$/);
        expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(
          lines.filter((line) => line === 'END:VEVENT').length,
        );
      }),
    );
  });
});

describe('a badge', () => {
  it('says its state in words, for eyes and for screen readers', () => {
    const { text, elements } = readMarkup(badge('NuGet v2', 'down'));
    expect(elements[0]?.attributes).toMatchObject({ role: 'img', 'aria-label': 'NuGet v2: down' });
    expect(text).toBe('NuGet v2: downNuGet v2down');
  });

  it('is well-formed for any label', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (label) =>
        expect(readMarkup(badge(label, 'up')).elements[0]?.name).toBe('svg'),
      ),
    );
  });
});
