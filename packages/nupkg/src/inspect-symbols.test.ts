import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import {
  buildNuspec,
  buildPackage,
  buildSymbolsPackage,
  buildZip,
} from '../../../tests/src/support/package-builder.ts';
import { buildPortablePdb, buildWindowsPdb, checksumOfPortablePdb } from '../../../tests/src/support/pdb-builder.ts';
import { inspectSymbols } from './inspect-symbols.ts';
import type { InspectedSymbols } from './inspect-symbols.ts';
import { unpackContent } from './packed-content.ts';
import { DEFAULT_PACKAGE_LIMITS } from './package-limits.ts';

const GUID = '0123456789abcdef0123456789abcdef';
const never = new AbortController().signal;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-symbols-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (content: Buffer): string => {
  const file = path.join(folder, 'package');
  writeFileSync(file, content);
  return file;
};
const inspect = (content: Buffer, signal = never): Promise<InspectedSymbols> =>
  inspectSymbols(fileOf(content), DEFAULT_PACKAGE_LIMITS, signal);
const refused = async (content: Buffer): Promise<string> => {
  const refusal: unknown = await inspect(content).catch((error: unknown) => error);
  if (!(refusal instanceof ProblemError)) throw new Error(`not refused: ${String(refusal)}`);
  expect(refusal.code).toBe('FF_INVALID_PACKAGE');
  return refusal.reasonPhrase;
};

describe('the symbols of a .snupkg', () => {
  it('are its portable PDBs, with their keys and checksums', async () => {
    const pdb = buildPortablePdb({ guid: GUID });
    const other = buildPortablePdb({ content: Buffer.alloc(600_000, 'long ') });
    const files = { 'lib/net8.0/Acme.Core.pdb': pdb, 'lib/net9.0/Other.PDB': other };
    const { package: identity, files: found } = await inspect(buildSymbolsPackage({ id: 'Acme.Core', files }));
    expect(identity).toEqual({ id: 'Acme.Core', version: '1.0.0', normalizedVersion: '1.0.0' });
    expect(found).toMatchObject([
      { fileName: 'Acme.Core.pdb', signature: `${GUID}ffffffff`, checksum: checksumOfPortablePdb(pdb, GUID) },
      { fileName: 'Other.PDB', checksum: checksumOfPortablePdb(other), content: { sizeBytes: other.length } },
    ]);
  });

  it('are found again where it is said that they lie', async () => {
    const pdb = buildPortablePdb({ content: Buffer.alloc(600_000, 'long ') });
    const deflated = buildSymbolsPackage({ files: { 'lib/a.pdb': pdb } });
    const stored = buildZip([
      { name: 'Sample.nuspec', content: buildNuspec() },
      { name: 'a.pdb', content: pdb, method: 0 },
    ]);
    for (const content of [deflated, stored]) {
      const { files } = await inspect(content);
      const [found] = files;
      if (found === undefined) throw new Error('no PDB');
      const read = unpackContent(found.content, (range) => createReadStream(path.join(folder, 'package'), range));
      expect((await buffer(read)).equals(pdb)).toBe(true);
    }
  });

  it.each([
    ['a file of another kind', { 'lib/a.pdb': buildPortablePdb(), 'lib/a.dll': 'MZ' }, "'lib/a.dll' may not be in"],
    ['a file without a kind', { 'lib/a.pdb': buildPortablePdb(), 'lib/readme': '' }, "'lib/readme' may not be in"],
    ['a Windows PDB', { 'lib/a.pdb': buildWindowsPdb() }, "'lib/a.pdb' is a Windows PDB"],
    ['a PDB that is none', { 'lib/a.pdb': 'no PDB' }, "'lib/a.pdb' is no usable PDB: it starts neither"],
    ['a PDB of no bytes', { 'lib/a.pdb': '' }, "'lib/a.pdb' is no usable PDB: it starts neither"],
    ['a damaged PDB', { 'lib/a.pdb': buildPortablePdb({ pdbStreamBytes: 999_999 }) }, 'its stream #Pdb ends at byte'],
    ['no PDB', { 'lib/a.xml': '<doc/>' }, 'has no .pdb file'],
  ] as const)('are refused with %s', async (_, files, reason) => {
    await expect(refused(buildSymbolsPackage({ files }))).resolves.toContain(reason);
  });

  it('are refused when there are more than a thousand', async () => {
    const pdb = buildPortablePdb();
    const files = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`lib/${index}.pdb`, pdb]));
    await expect(refused(buildSymbolsPackage({ files }))).resolves.toContain('more than 1000 .pdb files');
  });

  it('are not read to the end when nobody waits any more', async () => {
    const stopped = AbortSignal.abort(new Error('gone'));
    await expect(inspect(buildSymbolsPackage({ files: { 'a.pdb': buildPortablePdb() } }), stopped)).rejects.toThrow(
      'gone',
    );
  });
});

describe('the symbols of a .symbols.nupkg', () => {
  it('are its PDBs of either kind, beside whatever else there is', async () => {
    const files = {
      'lib/net40/a.dll': 'MZ',
      'lib/net40/a.pdb': buildWindowsPdb({ age: 2 }),
      'lib/net8.0/a.pdb': buildPortablePdb(),
      'src/a.cs': 'class A;',
    };
    const { files: found } = await inspect(buildPackage({ files }));
    expect(found).toMatchObject([
      { fileName: 'a.pdb', signature: '497b72f6390a44fc878e5a2d63b6cc4b2', checksum: null },
      { fileName: 'a.pdb', signature: '497b72f6390a44fc878e5a2d63b6cc4bffffffff' },
    ]);
  });

  it('are missing in an ordinary package', async () => {
    await expect(refused(buildPackage())).resolves.toContain('has no .pdb file');
  });
});

describe('a damaged symbols package', () => {
  it('is refused or read, whatever bytes are changed', async () => {
    const original = buildSymbolsPackage({ files: { 'lib/a.pdb': buildPortablePdb() } });
    const change = fc.record({ at: fc.nat({ max: original.length - 1 }), value: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const bytes = Buffer.from(original);
        for (const { at, value } of changes) bytes[at] = value;
        const outcome: unknown = await inspect(bytes).catch((error: unknown) => error);
        const isRefused = outcome instanceof ProblemError && outcome.code === 'FF_INVALID_PACKAGE';
        if (!isRefused) expect(outcome).toHaveProperty('files');
      }),
      { numRuns: 300 },
    );
  });
});
