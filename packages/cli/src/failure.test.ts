import { ProblemError, problemRegistry } from '@feedfleet/problems';
import { describe, expect, it } from '@jest/globals';

import { exitCodeOf } from './exit-codes.ts';
import { failureOf, renderFailure, withoutSecrets } from './failure.ts';

describe('a failure on the terminal', () => {
  it('reads code, title, detail, and how to solve it', () => {
    const failure = failureOf(new ProblemError('noSuchFeed', { detail: 'acme' }));
    expect(renderFailure(failure)).toBe(
      'FF_NO_SUCH_FEED: No such feed: acme\n  Check the feed name in the URL: /F/<feed>.\n',
    );
  });

  it('has no stack for what is a defect', () => {
    expect(renderFailure(failureOf(new TypeError('x is not a function')))).not.toContain(' at ');
  });

  it.each([
    ['https://h/F/acme/auth/ff_abcdefghijklmnopqrstuvwxyz/api/v2', 'https://h/F/acme/auth/***/api/v2'],
    ['https://user:word@h/F/acme', 'https://***@h/F/acme'],
    ['the key ff_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG is wrong', 'the key ff_*** is wrong'],
  ])('keeps secrets out of %s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
  });
});

describe('the exit code', () => {
  it.each([
    ['usage', 2],
    ['invalidSettings', 2],
    ['invalidRequest', 2],
    ['unauthenticated', 3],
    ['forbidden', 3],
    ['noSuchFeed', 4],
    ['packageExists', 5],
    ['conflict', 5],
    ['unreachable', 6],
    ['noFleet', 6],
    ['registryUnavailable', 6],
    ['notRegistry', 6],
    ['invalidPackage', 1],
    ['internal', 1],
  ] as const)('of %s is %i', (name, expected) => {
    expect(exitCodeOf(problemRegistry[name])).toBe(expected);
  });
});
