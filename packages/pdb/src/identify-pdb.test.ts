import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildPortablePdb, buildWindowsPdb, checksumOfPortablePdb } from '../../../tests/src/support/pdb-builder.ts';
import { identifyPdb } from './identify-pdb.ts';
import type { PdbReading } from './identify-pdb.ts';
import type { PdbContent } from './pdb-content.ts';

/** As a zip entry gives it: in pieces of any size. Reading outside of it is a defect of the reader. */
function contentOf(bytes: Buffer, pieceBytes = 7): PdbContent {
  return {
    sizeBytes: bytes.length,
    read: (start, length) => {
      if (start + length > bytes.length) throw new Error(`read of ${length} bytes from ${start} of ${bytes.length}`);
      return Promise.resolve(bytes.subarray(start, start + length));
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

const identify = (bytes: Buffer, pieceBytes?: number): Promise<PdbReading> => identifyPdb(contentOf(bytes, pieceBytes));
const refusedFor = (reason: string | RegExp): unknown => ({
  outcome: 'refused',
  reason: expect.stringMatching(reason) as unknown,
});

describe('a portable PDB', () => {
  it('is asked for by its GUID, and an age of FFFFFFFF', async () => {
    const pdb = buildPortablePdb({ guid: '497b72f6390a44fc878e5a2d63b6cc4b' });
    await expect(identify(pdb)).resolves.toEqual({
      outcome: 'identified',
      identity: {
        kind: 'portable',
        signature: '497b72f6390a44fc878e5a2d63b6cc4bffffffff',
        checksum: checksumOfPortablePdb(pdb),
      },
    });
  });

  it('has the same checksum however its bytes come', async () => {
    const pdb = buildPortablePdb();
    const expected = checksumOfPortablePdb(pdb);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: pdb.length + 1 }), async (pieceBytes) => {
        await expect(identify(pdb, pieceBytes)).resolves.toMatchObject({ identity: { checksum: expected } });
      }),
    );
  });

  it.each([
    ['no stream #Pdb, as an assembly', { pdbStreamName: '#GUID' }, 'no stream #Pdb'],
    ['no tables', { without: '#~' }, 'no stream #~'],
    ['a stream that ends behind the file', { pdbStreamBytes: 4_000_000_000 }, /#Pdb ends at byte 4\d+ of/],
    ['a stream #Pdb that is too short', { pdbStreamBytes: 20 }, '20 bytes; 32 are the least'],
    ['fewer row counts than tables', { tables: 0b111n }, 'rows of 3 tables'],
    ['more streams than its headers hold', { streamCount: 16 }, 'end early|ends at byte'],
    ['more streams than any compiler writes', { streamCount: 65_535 }, '65535 metadata streams'],
    ['a version text without end', { versionBytes: 0xffff_fff0 }, 'version text is declared with 4294967280'],
    ['no id', { guid: '0'.repeat(32), content: '' }, 'its id is empty'],
  ] as const)('is refused with %s', async (_, options, reason) => {
    const pdb = buildPortablePdb(options);
    if ('guid' in options) pdb.writeUInt32LE(0, pdb.length - 16);
    await expect(identify(pdb)).resolves.toEqual(refusedFor(reason));
  });

  it('is refused wherever it is cut', async () => {
    const pdb = buildPortablePdb();
    for (let length = 0; length < pdb.length; length += 1) {
      await expect(identify(pdb.subarray(0, length))).resolves.toMatchObject({ outcome: 'refused' });
    }
  });
});

describe('a Windows PDB', () => {
  it.each([
    ['GUID and age', { age: 1 }, '497b72f6390a44fc878e5a2d63b6cc4b1'],
    ['the age of its debug information, in hex', { age: 5, dbiAge: 0x1a }, '497b72f6390a44fc878e5a2d63b6cc4b1a'],
    ['its only age', { age: 3, dbiAge: null }, '497b72f6390a44fc878e5a2d63b6cc4b3'],
  ] as const)('is asked for by %s', async (_, options, signature) => {
    await expect(identify(buildWindowsPdb(options))).resolves.toEqual({
      outcome: 'identified',
      identity: { kind: 'windows', signature, checksum: null },
    });
  });

  it.each([
    ['blocks of an odd size', { blockBytes: 513 }, '513 bytes'],
    ['blocks of no size', { blockBytes: 0 }, '0 bytes'],
    ['a directory outside of the file', { mapBlock: 8 }, 'its block 8 of 8'],
    ['a directory without the streams that it declares', { streamCount: 4_000_000_000 }, 'has no entry'],
    ['too few streams', { streamCount: 1 }, 'no stream with its GUID'],
  ] as const)('is refused with %s', async (_, options, reason) => {
    await expect(identify(buildWindowsPdb(options))).resolves.toEqual(refusedFor(reason));
  });
});

describe('anything else', () => {
  it('is refused', async () => {
    await expect(identify(Buffer.from('MZ'))).resolves.toEqual(refusedFor('neither'));
    await expect(identify(Buffer.alloc(0))).resolves.toEqual(refusedFor('neither'));
  });

  it('has an outcome, whatever bytes of a PDB are changed', async () => {
    const portable = buildPortablePdb();
    const windows = buildWindowsPdb();
    const change = fc.record({ at: fc.nat({ max: 4095 }), value: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(portable, windows),
        fc.array(change, { maxLength: 8 }),
        fc.nat({ max: 4096 }),
        async (original, changes, length) => {
          const bytes = Buffer.from(original.subarray(0, Math.max(8, length)));
          for (const { at, value } of changes) bytes[at % bytes.length] = value;
          const { outcome } = await identify(bytes, 64);
          expect(['identified', 'refused']).toContain(outcome);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
