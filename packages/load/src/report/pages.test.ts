/** Reports are read as strictly as XML is read, so that anything that was not escaped or not closed fails. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';

import { linearAxis, logarithmicAxis, timeTicks } from './axes.ts';
import { section, table, timeline, verdictList } from './blocks.ts';
import { judgeRun } from './judge-run.ts';
import { madeUpRun } from './made-up-run.ts';
import { renderPage } from './page.ts';
import { plotOverTime, plotPercentiles } from './plots.ts';
import { renderRunPage } from './run-page.ts';

interface Seen {
  readonly elements: readonly string[];
  readonly text: string;
  /** Of all attributes `d`. */
  readonly paths: readonly string[];
}

function read(page: string): Seen {
  const elements: string[] = [];
  const paths: string[] = [];
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    elements.push(name);
    if (attributes.d !== undefined) paths.push(attributes.d);
  });
  parser.on('text', (piece) => (text += piece));
  parser.write(page.replace(/^<!doctype html>/, '').replace(/<style>[^]*?<\/style>/, '<style/>')).close();
  return { elements, text, paths };
}

const NASTY = '<script>alert("1")</script> & \u202eevil';

const run = judgeRun(
  madeUpRun({
    groups: [
      { name: NASTY, family: 'v3', latencyOf: (turn) => (turn === 0 ? { failed: NASTY } : 5) },
      { name: 'never answered', family: 'push', latencyOf: () => ({ refused: NASTY }) },
    ],
    phases: [
      ['warm-up', 2],
      [NASTY, 5],
    ],
    about: {
      title: NASTY,
      description: NASTY,
      settings: { [NASTY]: NASTY },
      processes: [{ name: NASTY, samples: [{ atMs: 1000, cpu: 0.5, memoryBytes: 1e8 }] }],
    },
  }),
  { maxP99Ms: 10, maxErrorShare: 0.6 },
);

describe('the page of a run', () => {
  const { elements, text, paths } = read(renderRunPage(run));

  it('is well-formed, needs no script and nothing from elsewhere, whatever the run says', () => {
    expect(new Set(elements)).not.toContain('script');
    expect(renderRunPage(run)).not.toMatch(/\b(?:src|href)=|url\(|@import/);
    expect(text).toContain('<script>alert("1")</script> & evil');
  });

  it('has the plots, the errors, the figures, the verdicts and the processes', () => {
    expect(elements.filter((name) => name === 'figure').length).toBeGreaterThanOrEqual(6);
    for (const words of [
      'never answered',
      'Errors by reason',
      'By family',
      'broken',
      'held',
      'Processors in use',
      'p99.9',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('draws numbers alone', () => {
    expect(paths.filter((path) => /NaN|Infinity|undefined/.test(path))).toEqual([]);
  });
});

describe('what a report is made of', () => {
  it('tells laws with their verdicts, and days beside each other', () => {
    const page = renderPage({
      title: 'A replay',
      sentence: 'What was, and what would be.',
      sections: [
        section(
          'Verdict',
          verdictList([{ law: 'Isolation', outcome: 'not measured', expected: '1.25 x', measured: 'no load' }]),
        ),
        section(
          'Hours',
          timeline({ columns: ['then', 'now'], rows: [{ at: '15:15', cells: [{ text: 'down', tone: 'bad' }, 'up'] }] }),
        ),
        section('Nothing', table({ header: ['a', 'b'], rows: [] })),
      ],
    });
    expect(read(page).text).toContain('not measured');
    expect(page).toContain('<td class="bad">down</td><td>up</td>');
  });

  it('plots whatever it gets', () => {
    const value = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
    const points = fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 4e6 }), value }), { maxLength: 600 });
    fc.assert(
      fc.property(points, fc.constantFrom('linear' as const, 'logarithmic' as const), (list, scale) => {
        const lines = [{ name: 'one', points: list.toSorted((left, right) => left.atMs - right.atMs) }];
        const marks = [{ atMs: 5, text: 'it breaks' }];
        const plot = plotOverTime({
          title: 'plot',
          unit: 'ms',
          lines,
          scale,
          marks,
          phases: [{ name: 'p', startMs: 0, endMs: 9 }],
        });
        expect(read(plot.text).paths.filter((path) => /NaN|Infinity|undefined|-\d/.test(path))).toEqual([]);
      }),
    );
    expect(read(plotPercentiles({ title: 'none', lines: [] }).text).elements).toContain('svg');
  });
});

describe('axes', () => {
  it('hold every value between their ends, in order, with ticks on them', () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, (list) => {
        const sorted = list.toSorted((left, right) => left - right);
        const [smallest = 1, largest = 1] = [sorted[0], sorted.at(-1)];
        for (const axis of [linearAxis(largest), logarithmicAxis(smallest, largest)]) {
          const places = sorted.map(axis.placeOf);
          expect(places).toEqual(places.toSorted((left, right) => left - right));
          expect(places.every((place) => place >= 0 && place <= 1)).toBe(true);
          expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
          expect(axis.ticks.length).toBeLessThanOrEqual(24);
        }
      }),
    );
  });

  it('have few instants, from the start on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 }), (endMs) => {
        const ticks = timeTicks(endMs);
        expect(ticks[0]).toBe(0);
        expect(ticks.length).toBeLessThanOrEqual(10);
        expect(ticks.at(-1)).toBeLessThanOrEqual(endMs);
      }),
    );
  });
});
