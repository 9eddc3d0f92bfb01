/** One check of one instance: a request of its own on a connection of its own, so that it tells whether new ones are taken. */
import { request as requestPlain } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import { WRITES_HEADER } from '@feedfleet/registry-client';
import type { Target } from '../transport.ts';
import type { CheckResult } from './check-state.ts';
import type { CheckKind } from './instance-health.ts';

export interface HealthQuestion {
  readonly target: Target;
  readonly kind: CheckKind;
  /** For the whole answer, in milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** An answer of ours has some hundred bytes. */
const MAX_BODY_BYTES = 16_384;

/**
 * Never rejects: whatever does not say that all is well is a failed check.
 *
 * @param writesGrant - what is to be said of the writes past the registry: whoever is checked hears it, and who has lost them first.
 */
export async function askHealth(
  { target, kind, limitMs, signal }: HealthQuestion,
  writesGrant?: string,
): Promise<CheckResult> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  try {
    const headers = writesGrant === undefined ? {} : { [WRITES_HEADER]: writesGrant };
    const answer = await send(target, { path: `/health/${kind}`, headers, signal: limited });
    const body = await textOf(answer);
    if (answer.statusCode === 200) return 'passed';
    if (kind === 'deep' && answer.statusCode === 404) return 'absent';
    return answer.statusCode === 503 && saysDraining(body) ? 'draining' : 'failed';
  } catch {
    return 'failed';
  }
}

function send(
  { protocol, hostname: host, port }: Target,
  asked: Pick<RequestOptions, 'path' | 'headers' | 'signal'>,
): Promise<IncomingMessage> {
  const request = protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    request({ host, port, agent: false, ...asked }, resolve)
      .once('error', reject)
      .end();
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const part of answer as AsyncIterable<string>) {
    text += part;
    if (text.length > MAX_BODY_BYTES) throw new Error('the answer is too long');
  }
  return text;
}

function saysDraining(body: string): boolean {
  const answer = JSON.parse(body) as { readonly checks?: { readonly draining?: unknown } | null } | null;
  return answer?.checks?.draining === true;
}
