/** One client that asks one question after the other, and what that costs the process which answers. */
import { Agent, request } from 'node:http';

import { processorMicroseconds } from '../processor-time.ts';

export interface Sample {
  /** Of each request, in milliseconds. */
  readonly latencies: readonly number[];
  readonly microsecondsPerRequest: number;
}

export interface Asked {
  readonly port: number;
  readonly pid: number;
  readonly paths: readonly string[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** An answer other than 200: the query is refused there, and costs nothing that could be compared. */
export class RefusedError extends Error {}

/** @throws RefusedError at the first answer that is not 200. */
export async function ask({ port, pid, paths }: Asked): Promise<Sample> {
  const before = processorMicroseconds([pid]);
  const latencies: number[] = [];
  for (const path of paths) latencies.push(await timed(port, path));
  return { latencies, microsecondsPerRequest: (processorMicroseconds([pid]) - before) / paths.length };
}

function timed(port: number, path: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, path }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - began);
        else reject(new RefusedError(`${path} answered ${answer.statusCode ?? 0}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
