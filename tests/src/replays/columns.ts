/** Text in columns that are read beside each other, each cell over as many lines as it needs. */

export interface Column {
  readonly title: string;
  /** In characters. */
  readonly width: number;
}

const GAP = '  ';

/** @param rows - one cell for each column. */
export function columns(heads: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [
    heads.map(({ title }) => title),
    heads.map(({ width }) => '-'.repeat(width)),
    ...rows.flatMap((row) => linesOf(heads, row)),
  ];
  return lines
    .map((line) =>
      heads
        .map(({ width }, place) => (line[place] ?? '').padEnd(width))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function linesOf(heads: readonly Column[], row: readonly string[]): readonly (readonly string[])[] {
  const cells = heads.map(({ width }, place) => wrapped(row[place] ?? '', width));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_each, line) => cells.map((cell) => cell[line] ?? ''));
}

/** At blanks; a word that is longer than a line has one of its own. */
function wrapped(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}
