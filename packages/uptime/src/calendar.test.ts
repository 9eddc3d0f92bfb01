import { describe, expect, it } from '@jest/globals';

import { dayNameOf, monthsBetween, periodOfMonth, startOfLastYear } from './calendar.ts';

const at = (text: string): number => Date.parse(text);

describe('the calendar', () => {
  it('is that of UTC', () => {
    expect(dayNameOf(at('2026-11-28T23:30:00-01:00'))).toBe('2026-11-29');
  });

  it('knows how long months are', () => {
    expect(periodOfMonth('2024-02')).toEqual({ from: at('2024-02-01T00:00:00Z'), to: at('2024-03-01T00:00:00Z') });
    expect(periodOfMonth('2026-12').to).toBe(at('2027-01-01T00:00:00Z'));
  });

  it('names the months of this year and last', () => {
    const now = at('2026-02-03T00:00:00Z');
    expect(monthsBetween(startOfLastYear(now), now)).toHaveLength(14);
    expect(monthsBetween(startOfLastYear(now), now).at(-1)).toBe('2026-02');
  });
});
