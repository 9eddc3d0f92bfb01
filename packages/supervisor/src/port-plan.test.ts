import { describe, expect, it } from '@jest/globals';
import { HIGHEST_PORT, LOWEST_PORT, choosePort } from './port-plan.ts';

const search = (taken: readonly number[], random = 0) => ({
  isFree: (port: number) => Promise.resolve(!taken.includes(port)),
  random: () => random,
});
const NONE: ReadonlySet<number> = new Set();

describe('the port of a process', () => {
  it('is the one of the last time', async () => {
    expect(await choosePort(25_000, NONE, search([]))).toBe(25_000);
  });

  it('is another when that is taken', async () => {
    expect(await choosePort(25_000, NONE, search([25_000, LOWEST_PORT]))).toBe(LOWEST_PORT + 1);
  });

  it('is never that of another process of the fleet, also when nothing listens there', async () => {
    expect(await choosePort(LOWEST_PORT, new Set([LOWEST_PORT]), search([]))).toBe(LOWEST_PORT + 1);
  });

  it('stays below the ports of outgoing connections', async () => {
    expect(await choosePort(undefined, NONE, search([HIGHEST_PORT], 0.999_99))).toBe(LOWEST_PORT);
    expect(HIGHEST_PORT).toBeLessThan(32_768);
  });

  it('is not looked for without end', async () => {
    let asked = 0;
    const isFree = () => Promise.resolve((asked += 1) < 0);
    expect(await choosePort(undefined, NONE, { isFree, random: () => 0 })).toBeUndefined();
    expect(asked).toBeLessThanOrEqual(200);
  });
});
