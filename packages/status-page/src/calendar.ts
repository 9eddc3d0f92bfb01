/**
 * Planned maintenance as a calendar to subscribe to.
 *
 * Source: RFC 5545, sections 3.1 (lines of at most 75 octets), 3.3.11 (text), 3.6.1 (events); RFC 7986, sections 5.1 and 5.7.
 */
import type { Maintenance, StatusReport } from '@feedfleet/status-model';

import { instantMs, isoSeconds } from './instants.ts';
import { absoluteRoot, siteTitle } from './layout.ts';
import { familyTitles, MOST_INCIDENTS } from './page-frame.ts';
import { atMost } from './words.ts';

const LONGEST_LINE_BYTES = 75;
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;

export function maintenanceCalendar(report: StatusReport): string {
  const name = escaped(siteTitle(report));
  const events = report.maintenance.slice(0, MOST_INCIDENTS).flatMap((window) => eventLines(window, report));
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//feedfleet//status//EN',
    'CALSCALE:GREGORIAN',
    `NAME:${name}`,
    `X-WR-CALNAME:${name}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...events,
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function eventLines(
  { id, title, text, components, startsAt, endsAt }: Maintenance,
  report: StatusReport,
): readonly string[] {
  const start = instantMs(startsAt);
  const end = instantMs(endsAt);
  if (start === undefined || end === undefined) return [];
  const affected = familyTitles(components, report);
  const told = [affected.length === 0 ? '' : `Concerns ${affected.join(', ')}.`, atMost(text ?? '', 4000)];
  return [
    'BEGIN:VEVENT',
    `UID:${escaped(id)}@status.feedfleet`,
    `DTSTAMP:${stamp(instantMs(report.generatedAt) ?? 0)}`,
    `DTSTART:${stamp(start)}`,
    // An event may not end before it begins; without an end it has no length.
    ...(end > start ? [`DTEND:${stamp(end)}`] : []),
    `SUMMARY:${escaped(atMost(title, 200))}`,
    `DESCRIPTION:${escaped(told.filter((part) => part !== '').join('\n\n'))}`,
    `URL:${absoluteRoot(report).replace(FORBIDDEN, '')}`,
    'CATEGORIES:MAINTENANCE',
    'STATUS:CONFIRMED',
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

/** `20261128T140211Z`. */
function stamp(ms: number): string {
  return isoSeconds(ms).replace(/[-:]/g, '');
}

function escaped(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(FORBIDDEN, '')
    .replace(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n');
}

/** Broken between characters, never within one. */
function folded(line: string): string {
  let broken = '';
  let bytes = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (bytes + size > LONGEST_LINE_BYTES) {
      broken += '\r\n ';
      bytes = 1;
    }
    broken += character;
    bytes += size;
  }
  return broken;
}
