import { describe, expect, it } from '@jest/globals';

import { formatBytes, parseExpiry, parseSizeBytes } from './quantities.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('a size', () => {
  it.each([
    ['250MB', 250_000_000],
    ['64MiB', 67_108_864],
    ['1gb', 1_000_000_000],
    ['1024', 1024],
    ['5 KB', 5000],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  it.each(['', 'MB', '1.5GB', '-1', '10 apples', '1PB'])('"%s" is refused', (text) => {
    expect(() => parseSizeBytes(text)).toThrow(expect.objectContaining({ code: 'FF_USAGE' }));
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 KB'],
    [250_000_000, '250.0 MB'],
  ])('%i bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('an expiry', () => {
  it.each([
    ['90d', '2026-04-01T00:00:00.000Z'],
    ['12h', '2026-01-01T12:00:00.000Z'],
    ['2w', '2026-01-15T00:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['never', null],
  ])('%s is %s', (text, expected) => {
    expect(parseExpiry(text, now)).toBe(expected);
  });

  it.each(['', '0d', '90', '90x', '2025-12-31', '2027-13-01', '2027-02-31', '2027-02-29T00:00Z', 'tomorrow'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseExpiry(text, now)).toThrow(expect.objectContaining({ code: 'FF_USAGE' }));
    },
  );
});
