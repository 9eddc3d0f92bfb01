import { describe, expect, it } from '@jest/globals';
import { hardExitMsOf } from './hard-exit.ts';

describe('the hard end of a process', () => {
  it('comes after the drain that the settings allow, however long', () => {
    const environment = { FEEDFLEET_DRAIN_MS: '600000', FEEDFLEET_DRAIN_DELAY_MS: '60000' };
    expect(hardExitMsOf(environment)).toBeGreaterThan(660_000);
  });

  it('comes after 30 s where drains are short or the settings are broken', () => {
    expect(hardExitMsOf({ FEEDFLEET_DRAIN_MS: '100' })).toBe(30_000);
    expect(hardExitMsOf({ FEEDFLEET_DRAIN_MS: 'soon' })).toBe(30_000);
    expect(hardExitMsOf({})).toBe(30_000);
  });
});
