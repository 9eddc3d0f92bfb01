import { describe, expect, it } from '@jest/globals';
import { continuesTrace, nextTraceParent } from './trace-parent.ts';

const randomHex = (bytes: number) => 'ab'.repeat(bytes);
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const STARTED = `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-00`;

describe('traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${'ab'.repeat(8)}-01`],
    [`00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${'ab'.repeat(8)}-00`],
    [`cc-${TRACE}-${SPAN}-03-later`, `00-${TRACE}-${'ab'.repeat(8)}-01`],
    [undefined, STARTED],
    ['nonsense', STARTED],
    [`ff-${TRACE}-${SPAN}-01`, STARTED],
    [`00-${TRACE}-${SPAN}-01-more`, STARTED],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, STARTED],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, STARTED],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, STARTED],
  ])('after %s is %s', (received, next) => {
    expect(nextTraceParent(received, { randomHex })).toBe(next);
  });

  it('never repeats an id of its own, however many are made', () => {
    const made = Array.from({ length: 2_000 }, () => nextTraceParent(undefined));
    for (const each of made) expect(each).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(new Set(made.flatMap((each) => each.split('-').slice(1, 3))).size).toBe(4_000);
  });
});

describe('a trace', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-03-later`, true],
    [undefined, false],
    ['nonsense', false],
    [`ff-${TRACE}-${SPAN}-01`, false],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, false],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
  ])('after %s goes on: %s', (received, goesOn) => {
    expect(continuesTrace(received, nextTraceParent(received))).toBe(goesOn);
  });
});
