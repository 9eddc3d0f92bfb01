import { describe, expect, it } from '@jest/globals';
import type { Traffic } from '../traffic.ts';
import type { Failure, Sent } from '../transport.ts';
import { hedgeAfterMs, mayTryAgain } from './second-try.ts';

const READ: Traffic = { family: 'v2', class: 'people', feed: 'f', isIdempotent: true, isWrite: false };
const WRITE: Traffic = { family: 'push', class: 'push', feed: 'f', isIdempotent: false, isWrite: true };
const NESTED: readonly Traffic[] = (['fan-out-1', 'foreign-2'] as const).map((each) => ({ ...READ, class: each }));

const may = (traffic: Traffic, termination: Failure, sent: Sent, remainingMs = 1_000): boolean => {
  return mayTryAgain({ traffic, remainingMs, outcome: { outcome: 'unanswered', termination, sent } });
};

describe('a second try', () => {
  it.each([
    ['upstream_refused', 'nothing', true, true],
    ['connect_timeout', 'nothing', true, true],
    ['upstream_unreachable', 'nothing', true, true],
    ['upstream_reset', 'head', true, false],
    ['upstream_invalid', 'head', true, false],
    ['upstream_stalled', 'head', true, false],
    ['upstream_reset', 'body', false, false],
    ['deadline', 'head', false, false],
    ['client_gone', 'nothing', false, false],
    ['body_too_large', 'nothing', false, false],
    ['framing_refused', 'nothing', false, false],
    ['cancelled', 'head', false, false],
  ] as const)('after %s, when %s was sent: of a read %s, of a write %s', (termination, sent, ofRead, ofWrite) => {
    expect([may(READ, termination, sent), may(WRITE, termination, sent)]).toEqual([ofRead, ofWrite]);
    for (const nested of NESTED) expect(may(nested, termination, sent)).toBe(false);
  });

  it('is not made when there is no time left for it', () => {
    expect(may(READ, 'upstream_refused', 'nothing', 5)).toBe(false);
  });
});

describe('a hedge', () => {
  const hedge = { traffic: READ, method: 'GET', hasBody: false, balancing: { hedgeAfterMs: 40 } };

  it('is for reads without a body, which nobody else waits for, where the family wants it', () => {
    expect(hedgeAfterMs(hedge)).toBe(40);
    expect(hedgeAfterMs({ ...hedge, method: 'HEAD' })).toBe(40);
    expect(hedgeAfterMs({ ...hedge, method: 'OPTIONS' })).toBeUndefined();
    expect(hedgeAfterMs({ ...hedge, method: 'PUT', traffic: WRITE })).toBeUndefined();
    expect(hedgeAfterMs({ ...hedge, hasBody: true })).toBeUndefined();
    for (const traffic of NESTED) expect(hedgeAfterMs({ ...hedge, traffic })).toBeUndefined();
    expect(hedgeAfterMs({ ...hedge, balancing: { hedgeAfterMs: null } })).toBeUndefined();
    expect(hedgeAfterMs({ ...hedge, balancing: undefined })).toBeUndefined();
  });
});
