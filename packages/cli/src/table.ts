/** Text tables for people; scripts use `--json`. */

/**
 * @param header - names of the columns.
 * @param rows - one array a row, as long as the header.
 * @returns lines with columns two spaces apart; an empty cell is a dash, so that a column never closes up.
 */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((row) => header.map((_, column) => (row[column] ?? '') || '-'));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}

/** Name and value below each other, for one thing with many properties. */
export function renderProperties(properties: readonly (readonly [string, string])[]): string {
  const width = Math.max(...properties.map(([name]) => name.length));
  return properties.map(([name, value]) => `${name.padEnd(width)}  ${value || '-'}`.trimEnd() + '\n').join('');
}
