/** One client that asks one question after the other, and what that costs the processes which answer. */
import { Agent, request } from 'node:http';

import { mainThreadMicroseconds, processorMicroseconds } from '../processor-time.ts';

export interface Sample {
  /** Of each request, in milliseconds. */
  readonly latencies: readonly number[];
  /** Of each request, what the main thread has run for it, in microseconds. */
  readonly work: readonly number[];
  /** Of all answers together. */
  readonly bodyBytes: number;
  /** Of all requests together. */
  readonly processorMicroseconds: number;
}

export interface Asked {
  readonly port: number;
  readonly pid: number;
  readonly paths: readonly string[];
}

/** What a search of v3 or a completion tells of itself. */
export interface FoundPage {
  readonly found: number;
  readonly shown: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** An answer other than 200: the query is refused there, and costs nothing that could be compared. */
export class RefusedError extends Error {}

/**
 * Asks all of them in turn, one question each, and begins each time with the next one: what slows the machine down for more than
 * a moment slows all of them down.
 *
 * @param all - each with as many paths.
 * @returns their samples, in the same order.
 * @throws RefusedError at the first answer that is not 200.
 */
export async function askInTurn(all: readonly Asked[]): Promise<readonly Sample[]> {
  const samples = all.map(({ pid }) => ({
    looks: [] as number[],
    latencies: [] as number[],
    bodyBytes: 0,
    before: processorMicroseconds([pid]),
  }));
  const rounds = all[0]?.paths.length ?? 0;
  for (let turn = 0; turn < rounds * all.length; turn += 1) {
    const round = Math.floor(turn / all.length);
    const at = (turn + round) % all.length;
    const [asked, sample] = [all[at], samples[at]];
    if (asked === undefined || sample === undefined) continue;
    sample.looks.push(mainThreadMicroseconds(asked.pid));
    const { milliseconds, body } = await timed(asked.port, asked.paths[round] ?? '');
    sample.latencies.push(milliseconds);
    sample.bodyBytes += body.length;
  }
  return samples.map(({ latencies, looks, bodyBytes, before }, at) => {
    const { pid } = all[at] ?? { pid: 0 };
    // What a request leaves to be done belongs to it: from one look to the next one.
    const next = [...looks.slice(1), mainThreadMicroseconds(pid)];
    const work = looks.map((look, index) => (next[index] ?? look) - look);
    return { latencies, work, bodyBytes, processorMicroseconds: processorMicroseconds([pid]) - before };
  });
}

export async function foundPage(port: number, path: string): Promise<FoundPage> {
  const { body } = await timed(port, path);
  const { totalHits, data } = JSON.parse(body.toString()) as { readonly totalHits: number; readonly data: unknown[] };
  return { found: totalHits, shown: data.length };
}

function timed(port: number, path: string): Promise<{ readonly milliseconds: number; readonly body: Buffer }> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, path }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const milliseconds = performance.now() - began;
        if (answer.statusCode === 200) resolve({ milliseconds, body: Buffer.concat(chunks) });
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
