import { describe, expect, it } from '@jest/globals';

import { acceptsGzip } from './accept-encoding.ts';

describe('Accept-Encoding', () => {
  it.each([
    'gzip',
    'gzip, deflate',
    'deflate, GZIP;q=0.5',
    'br;q=1, x-gzip',
    '*',
    'identity;q=0, *;q=0.1',
    'gzip ; q=1',
  ])('takes gzip with %s', (header) => {
    expect(acceptsGzip(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'identity',
    'br',
    'gzip;q=0',
    'gzip;q=0.000',
    '*;q=0',
    'gzip;q=0, *',
    'gzip;q=much',
    'agzip',
  ])('does not with %s', (header) => {
    expect(acceptsGzip(header)).toBe(false);
  });
});
