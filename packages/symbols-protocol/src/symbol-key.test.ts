import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseSymbolKey, readChecksums } from './symbol-key.ts';

const GUID = '497b72f6390a44fc878e5a2d63b6cc4b';
const SHA256 = 'ab'.repeat(32);

describe('the key of a PDB', () => {
  it.each([
    ['/Foo.pdb/497B72F6390A44FC878E5A2D63B6CC4BFFFFFFFF/Foo.pdb', 'Foo.pdb', `${GUID}ffffffff`],
    [`/foo.pdb/${GUID}1a/FOO.PDB`, 'foo.pdb', `${GUID}1a`],
    [`/foo.pdb%2F${GUID}1%2Ffoo.pdb`, 'foo.pdb', `${GUID}1`],
    [`/My%20Lib%2B.pdb/${GUID}1/My%20Lib+.pdb`, 'My Lib+.pdb', `${GUID}1`],
  ])('is read from %j', (path, fileName, signature) => {
    expect(parseSymbolKey(path)).toEqual({ fileName, signature });
  });

  it.each([
    '/',
    '/index2.txt',
    `/foo.pdb/${GUID}1`,
    `/foo.pdb/${GUID}1/foo.pd_`,
    `/foo.pdb/${GUID}1/foo.pdb/`,
    `/foo.pdb/${GUID}/foo.pdb`,
    `/foo.pdb/${GUID}fffffffff/foo.pdb`,
    '/foo.dll/542d574213000/foo.dll',
    '/foo.pdb/%E0%A4%A/foo.pdb',
  ])('is none in %j', (path) => {
    expect(parseSymbolKey(path)).toBeUndefined();
  });

  it('is read or not, whatever the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '%', '2', 'F', 'a', '.', GUID) }), (path) => {
        const key = parseSymbolKey(`/${path}`);
        if (key !== undefined) expect(key.signature).toMatch(/^[0-9a-f]{33,40}$/);
      }),
    );
  });
});

describe('the header SymbolChecksum', () => {
  it.each([
    [`SHA256:${SHA256}`, [SHA256]],
    [`sha256:${SHA256.toUpperCase()};SHA384:00; SHA256:${'0'.repeat(64)}`, [SHA256, '0'.repeat(64)]],
    ['SHA384:00', []],
    ['SHA256:short', []],
    ['', []],
  ])('%j asks for %j', (header, checksums) => {
    expect(readChecksums(header)).toEqual(checksums);
  });

  it('asks for no more than sixteen', () => {
    expect(readChecksums(Array.from({ length: 100 }, () => `SHA256:${SHA256}`).join(';'))).toHaveLength(16);
  });
});
