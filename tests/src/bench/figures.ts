/** The figures of a benchmark that count, for who runs several: a line of JSON each in the file that `BENCH_FIGURES` names. */
import { appendFileSync } from 'node:fs';

export interface Figure {
  readonly title: string;
  readonly value: number;
  readonly unit: 'ratio' | 'ms' | 's' | 'MiB' | 'count' | 'per second';
  readonly aim?: { readonly atMost: number } | { readonly atLeast: number };
}

/** Does nothing where nobody asked for figures. */
export function recordFigure(figure: Figure): void {
  const file = process.env.BENCH_FIGURES;
  if (file !== undefined && Number.isFinite(figure.value)) appendFileSync(file, `${JSON.stringify(figure)}\n`);
}
