/** The machine that a run was made on: figures of a shared one are worth no more than what else ran. */
import { availableParallelism, loadavg } from 'node:os';

import type { RunDocument } from './report/run-document.ts';

export function thisMachine(): RunDocument['machine'] {
  return { cores: availableParallelism(), loadAverage: Number(loadavg()[0]?.toFixed(2) ?? 0), node: process.version };
}
