/** One query of a look at a family, and what has to be true of its answer. */
import type { ProbeAnswer } from '../probe-client.ts';

interface StepRequest {
  /** Below the root of the feed, which is empty itself; or a whole URL that an answer gave. */
  readonly path: string;
  readonly method?: 'GET' | 'PUT' | 'DELETE';
  readonly body?: Buffer;
}

/** What the steps of one look have found so far, for those that follow: addresses of the resources of v3. */
export type Found = Map<string, string>;

export interface Step {
  /** Stands before the reason: `search`. */
  readonly name: string;
  readonly request: (found: Found) => StepRequest;
  /** @returns what is wrong with it, without addresses and names; undefined when all is well. */
  readonly faultOf: (answer: ProbeAnswer, found: Found) => string | undefined;
}

export function statusFault({ status, body }: ProbeAnswer, expected: readonly number[]): string | undefined {
  if (expected.includes(status)) return undefined;
  const code = codeOf(body);
  return `expected ${expected.join(' or ')}, got ${status}${code === undefined ? '' : ` ${code}`}`;
}

/** Of an RFC 9457 document of ours. */
export function codeOf(body: Buffer): string | undefined {
  return /"code":"(FF_[A-Z0-9_]{1,60})"/.exec(body.subarray(0, 4096).toString('latin1'))?.[1];
}

/** @returns a fault unless the answer is 200 and has the text. */
export function textFault(answer: ProbeAnswer, text: string): string | undefined {
  const fault = statusFault(answer, [200]);
  if (fault !== undefined) return fault;
  return answer.body.includes(text) ? undefined : 'the answer lacks what it has to have';
}
