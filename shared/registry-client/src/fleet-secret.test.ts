/** The fleet secret: what is made of it, and what it seals. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { fingerprintOf, fleetKeys, sealSecret, unsealSecret } from './fleet-secret.ts';

const keys = fleetKeys('a'.repeat(32));
const { sealing } = keys;

describe('a sealed secret', () => {
  it('is unsealed for its source alone, whatever the text is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 500 });
    fc.assert(
      fc.property(text, fc.string(), fc.string(), (secret, id, other) => {
        const wellFormed = secret.toWellFormed();
        const sealed = sealSecret(sealing, id.toWellFormed(), wellFormed);
        expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$/);
        expect(unsealSecret(sealing, id.toWellFormed(), sealed)).toBe(wellFormed);
        if (other.toWellFormed() !== id.toWellFormed()) {
          expect(unsealSecret(sealing, other.toWellFormed(), sealed)).toBeUndefined();
        }
      }),
    );
  });

  it('is not unsealed when any character of it was altered, removed or added', () => {
    const sealed = sealSecret(sealing, 'source-1', 'correct horse');
    const character = fc.stringMatching(/^[\w.-]$/);
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), character, fc.boolean(), (at, other, isAdded) => {
        const altered = sealed.slice(0, at) + other + sealed.slice(isAdded ? at : at + 1);
        // The last character of base64url may hold bits that stand for nothing: then the bytes are the same.
        const bytes = (text: string): string =>
          text
            .split('.')
            .map((part) => Buffer.from(part, 'base64url').toString('hex'))
            .join('.');
        fc.pre(altered.split('.').length !== 3 || !altered.startsWith('v1.') || bytes(altered) !== bytes(sealed));
        expect(unsealSecret(sealing, 'source-1', altered)).toBeUndefined();
      }),
    );
    for (let end = 0; end < sealed.length; end += 1) {
      expect(unsealSecret(sealing, 'source-1', sealed.slice(0, end))).toBeUndefined();
    }
  });

  it('is not unsealed with another fleet secret, nor with a key for something else', () => {
    const sealed = sealSecret(sealing, 'source-1', 'correct horse');
    const others = [fleetKeys('b'.repeat(32)).sealing, keys.chain, keys.fingerprint];
    for (const other of others) expect(unsealSecret(other, 'source-1', sealed)).toBeUndefined();
    expect(unsealSecret(fleetKeys('a'.repeat(32)).sealing, 'source-1', sealed)).toBe('correct horse');
  });

  it('looks different every time, and never holds the text', () => {
    const all = Array.from({ length: 100 }, () => sealSecret(sealing, 'source-1', 'correct horse'));
    expect(new Set(all).size).toBe(100);
    expect(all.join('')).not.toContain('correct');
  });
});

describe('a fingerprint', () => {
  it('is the same for the same parts only', () => {
    const parts = fc.array(fc.string(), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const isSame = JSON.stringify(left) === JSON.stringify(right);
        expect(fingerprintOf(keys.fingerprint, left) === fingerprintOf(keys.fingerprint, right)).toBe(isSame);
      }),
    );
    expect(fingerprintOf(fleetKeys('b'.repeat(32)).fingerprint, ['x'])).not.toBe(
      fingerprintOf(keys.fingerprint, ['x']),
    );
  });
});
