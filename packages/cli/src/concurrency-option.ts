/** How many packages are on their way at the same time. */
import { ProblemError } from '@feedfleet/problems';
import { Option } from 'commander';

const MAX_CONCURRENCY = 32;

function parseConcurrency(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_CONCURRENCY) return value;
  throw new ProblemError('usage', { detail: `--concurrency: expected 1 to ${MAX_CONCURRENCY}, got "${text}"` });
}

export const concurrencyOption = (): Option =>
  new Option('--concurrency <n>', `packages at the same time, 1 to ${MAX_CONCURRENCY}`)
    .default(4)
    .argParser(parseConcurrency);
