/** `docs/performance.md` and its plot, from what the benchmarks found when they last ran. */
import { isMet, measuredBenches } from '../measured-figures.ts';
import type { MeasuredBench, MeasuredFigure } from '../measured-figures.ts';
import { code, page, table } from './page.ts';
import type { Page } from './page.ts';

const INTRO = `Each benchmark runs both sides in one run and gives ratios: the machines are shared, so a time alone proves nothing. A ratio compares what stands
on both sides of the slash in its title. \`npm run bench:all\` runs all of them and writes this page; \`npm run bench:all -- --only bench:overload\`
runs some, and keeps what was found of the others.

![Every figure that has an aim, as a part of it](performance.svg)
`;
const UNITS: Readonly<Record<MeasuredFigure['unit'], string>> = {
  ratio: 'x',
  ms: ' ms',
  s: ' s',
  MiB: ' MiB',
  count: '',
  'per second': '/s',
};

/** Three digits are all that such a figure is worth. */
function shown(value: number, unit: MeasuredFigure['unit']): string {
  const digits = unit === 'count' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${UNITS[unit]}`;
}

function aimText({ aim, unit }: MeasuredFigure): string {
  if (aim === undefined) return '';
  return 'atMost' in aim ? `at most ${shown(aim.atMost, unit)}` : `at least ${shown(aim.atLeast, unit)}`;
}

const VERDICTS = { met: 'met', missed: '**missed**' } as const;

function verdictOf(figure: MeasuredFigure): string {
  const found = isMet(figure);
  return found === undefined ? '' : VERDICTS[found ? 'met' : 'missed'];
}

function benchRow({ command, measuredOn, figures }: MeasuredBench): readonly string[] {
  const judged = figures.filter(({ aim }) => aim !== undefined);
  const met = judged.filter((figure) => isMet(figure) === true).length;
  return [code(command), measuredOn, `${met} of ${judged.length}`];
}

function section({ command, measuredOn, tookSeconds, processors, loadBefore, figures }: MeasuredBench): string {
  const machine = `${processors} processors, load average ${loadBefore.toFixed(1)} before`;
  const rows = figures.map((each) => [each.title, shown(each.value, each.unit), aimText(each), verdictOf(each)]);
  return [
    `## ${code(command)}\n`,
    `On ${measuredOn}, in ${Math.round(tookSeconds)} s; ${machine}.\n`,
    table(['Figure', 'Measured', 'Aim', ''], rows),
  ].join('\n');
}

export const performancePage: Page = {
  file: 'docs/performance.md',
  render: async () => {
    const benches = await measuredBenches();
    const summary = table(['Command', 'Last run', 'Aims met'], benches.map(benchRow));
    const body = [INTRO, summary, ...benches.map(section)].join('\n');
    return page('Performance', '`docs/performance.json`, which the benchmarks write', body);
  },
};

const ROW = 20;
const [LABEL, BAR, WIDTH] = [560, 240, 1040];
/** Twice the aim and more looks the same. */
const WIDEST = 2;

interface Bar {
  readonly title: string;
  readonly text: string;
  /** Of the aim, in the direction in which less is better. */
  readonly part: number;
  readonly isMet: boolean;
}

function barOf(figure: MeasuredFigure): Bar | undefined {
  const { title, value, unit, aim } = figure;
  if (aim === undefined) return undefined;
  const [numerator, denominator] = 'atMost' in aim ? [value, aim.atMost] : [aim.atLeast, value];
  // Nothing is allowed, and nothing was there.
  const part = denominator === 0 ? (numerator === 0 ? 0 : WIDEST) : numerator / denominator;
  return { title, text: `${shown(value, unit)}, ${aimText(figure)}`, part, isMet: isMet(figure) === true };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function drawn({ title, text, part, isMet: met }: Bar, y: number): string {
  const width = Math.max(2, (Math.min(part, WIDEST) / WIDEST) * BAR).toFixed(0);
  const middle = y + ROW - 6;
  return [
    `<text x="${LABEL - 8}" y="${middle}" text-anchor="end">${escaped(title)}</text>`,
    `<rect x="${LABEL}" y="${y + 4}" width="${width}" height="${ROW - 8}" class="${met ? 'met' : 'missed'}"/>`,
    `<text x="${LABEL + BAR + 8}" y="${middle}">${escaped(text)}</text>`,
  ].join('\n');
}

const STYLE = `text{font:12px system-ui,sans-serif;fill:#1b1f24}.head{font-weight:600}.met{fill:#2f7d4f}.missed{fill:#c2410c}
line{stroke:#57606a;stroke-dasharray:3 3}.ground{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.met{fill:#4ac26b}.missed{fill:#f0883e}.ground{fill:#0d1117}line{stroke:#9198a1}}`;

export const performancePlot: Page = {
  file: 'docs/performance.svg',
  render: async () => {
    let y = ROW;
    const parts: string[] = [];
    for (const { command, figures } of await measuredBenches()) {
      const bars = figures.flatMap((figure) => barOf(figure) ?? []);
      if (bars.length === 0) continue;
      parts.push(`<text x="8" y="${y + ROW - 6}" class="head">${escaped(command)}</text>`);
      y += ROW;
      for (const bar of bars) {
        parts.push(drawn(bar, y));
        y += ROW;
      }
    }
    const aim = LABEL + BAR / WIDEST;
    const height = y + ROW;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
      '<title>Every figure that has an aim, as a part of it: bars that end left of the line meet it</title>',
      `<style>${STYLE}</style>`,
      `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
      `<line x1="${aim}" y1="0" x2="${aim}" y2="${height}"/>`,
      ...parts,
      '</svg>\n',
    ].join('\n');
  },
};
