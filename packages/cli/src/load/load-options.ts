/** Options of a run of load, with their bounds. */
import type { BOUNDS } from '@feedfleet/load';
import { ProblemError } from '@feedfleet/problems';

import type { SharedOptions } from '../leaf-command.ts';

export interface LoadCommandOptions extends SharedOptions {
  readonly target?: string;
  readonly feed?: readonly string[];
  readonly package?: readonly string[];
  readonly rate?: string;
  readonly duration?: string;
  readonly warmUp: string;
  readonly connections: string;
  readonly timeout: string;
  readonly prepare?: boolean;
  readonly iMayLoad?: readonly string[];
  readonly out?: string;
  /** False for `--no-report`. */
  readonly report: boolean;
  readonly maxP99?: string;
  readonly maxErrors?: string;
}

export interface LoadNumbers {
  readonly ratePerSecond: number | undefined;
  readonly seconds: number | undefined;
  readonly warmUpSeconds: number;
  readonly maxConnections: number;
  readonly timeoutSeconds: number;
  readonly maxP99Ms: number | undefined;
  readonly maxErrorShare: number | undefined;
}

const MOST_CONNECTIONS = 2_000;
const LONGEST_TIMEOUT_SECONDS = 600;

/** @throws {ProblemError} `FF_USAGE` with the bounds. */
export function loadNumbers(options: LoadCommandOptions, bounds: typeof BOUNDS): LoadNumbers {
  const { rate, duration, maxP99, maxErrors } = options;
  return {
    ratePerSecond: rate === undefined ? undefined : numberOf('--rate', rate, 0.1, bounds.requestsPerSecond),
    seconds: duration === undefined ? undefined : secondsOf('--duration', duration, 1, bounds.seconds),
    warmUpSeconds: secondsOf('--warm-up', options.warmUp, 0, bounds.seconds),
    maxConnections: Math.floor(numberOf('--connections', options.connections, 1, MOST_CONNECTIONS)),
    timeoutSeconds: secondsOf('--timeout', options.timeout, 1, LONGEST_TIMEOUT_SECONDS),
    maxP99Ms: maxP99 === undefined ? undefined : numberOf('--max-p99', maxP99, 0, LONGEST_TIMEOUT_SECONDS * 1000),
    maxErrorShare: maxErrors === undefined ? undefined : numberOf('--max-errors', maxErrors, 0, 100) / 100,
  };
}

export function numberOf(option: string, text: string, least: number, most: number): number {
  if (/^\d{1,7}(\.\d{1,3})?$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new ProblemError('usage', { detail: `${option}: expected a number from ${least} to ${most}, got "${text}"` });
}

/** `90`, `90s`, `5m`. */
function secondsOf(option: string, text: string, least: number, most: number): number {
  const [, number = '', unit = 's'] = /^(\d{1,5})([sm])?$/.exec(text) ?? [];
  const seconds = Number(number) * (unit === 'm' ? 60 : 1);
  if (number !== '' && seconds >= least && seconds <= most) return seconds;
  throw new ProblemError('usage', {
    detail: `${option}: expected a time from ${least}s to ${most}s such as 90s or 5m, got "${text}"`,
  });
}
