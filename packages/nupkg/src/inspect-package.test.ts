import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { buildNuspec, buildPackage, buildZip } from '../../../tests/src/support/package-builder.ts';
import { DEFAULT_PACKAGE_LIMITS, inspectPackage, readNuspec, readPackageEntry } from './index.ts';
import type { InspectedPackage, PackageLimits } from './index.ts';

const NEVER = new AbortController().signal;

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-nupkg-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(bytes: Buffer): string {
  files += 1;
  const file = path.join(folder, `${files}.nupkg`);
  writeFileSync(file, bytes);
  return file;
}

function inspect(bytes: Buffer, limits: Partial<PackageLimits> = {}): Promise<InspectedPackage> {
  return inspectPackage(write(bytes), { ...DEFAULT_PACKAGE_LIMITS, ...limits }, NEVER);
}

/** The reason phrase of the refusal. */
async function refusalOf(bytes: Buffer, limits: Partial<PackageLimits> = {}): Promise<string> {
  const problem: unknown = await inspect(bytes, limits).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(problem instanceof ProblemError)) throw new Error(`no refusal but ${String(problem)}`, { cause: problem });
  expect(problem.code).toBe('FF_INVALID_PACKAGE');
  return problem.reasonPhrase;
}

const nuspec = { name: 'Sample.nuspec', content: buildNuspec() };
const withEntry = (name: string): Buffer => buildZip([nuspec, { name, content: 'x' }]);

describe('a disk that fails', () => {
  it('is not taken for a fault of the package', async () => {
    for (const file of [path.join(folder, 'not there'), folder]) {
      await expect(inspectPackage(file, DEFAULT_PACKAGE_LIMITS, NEVER)).rejects.toMatchObject({
        code: 'FF_STORE_UNAVAILABLE',
      });
    }
  });
});

describe('a package', () => {
  it('is taken with what its nuspec says', async () => {
    const { metadata, kind, nuspec: bytes } = await inspect(buildPackage({ id: 'A.B', version: '1.0' }));
    expect(kind).toBe('package');
    expect(metadata).toMatchObject({ id: 'A.B', version: '1.0', normalizedVersion: '1.0.0' });
    expect(bytes.toString()).toBe(buildNuspec({ id: 'A.B', version: '1.0' }));
  });

  it('tells which frameworks it has files and framework assemblies for', async () => {
    const metadataXml =
      '<frameworkAssemblies><frameworkAssembly assemblyName="System.Web" targetFramework=".NETFramework4.0, net35"/></frameworkAssemblies>';
    const files = ['lib/net45/a.dll', 'lib/netstandard2.0/a.dll'].map((name) => ({ name, content: '' }));
    const nuspecFile = { name: 'A.nuspec', content: buildNuspec({ metadataXml }) };
    const { metadata } = await inspect(buildZip([nuspecFile, ...files]));
    expect(metadata.supportedFrameworks).toEqual(['net35', 'net40', 'net45', 'netstandard2.0']);
    const free = await inspect(buildZip([nuspecFile, ...files, { name: 'lib/a.dll', content: '' }]));
    expect(free.metadata.supportedFrameworks).toBeUndefined();
  });

  it('is refused when an entry is from later than it may be, and taken when that does not matter', async () => {
    const bytes = buildZip([nuspec, { name: 'lib/late.dll', content: 'x', year: 2040 }]);
    const latestChangeMs = Date.UTC(2039, 11, 31);
    expect(await refusalOf(bytes, { latestChangeMs })).toContain('is from the future: 2040-01-01');
    await expect(inspect(bytes, { latestChangeMs: Date.UTC(2040, 0, 1) })).resolves.toBeDefined();
    await expect(inspect(bytes)).resolves.toBeDefined();
  });

  it('has the readme, icon and license that its nuspec names and it holds', async () => {
    const metadataXml =
      '<readme>docs\\README.md</readme><icon>Images/My Icon.png</icon><license type="file">LICENSE</license>';
    const files = { 'docs/readme.md': 'x', 'images/My%20Icon.png': 'x' };
    const { metadata } = await inspect(buildPackage({ metadataXml, files }));
    expect(metadata).toMatchObject({ readmeFile: 'docs/README.md', iconFile: 'Images/My Icon.png', licenseFile: null });
  });

  it('of symbols is told from others', async () => {
    const metadataXml = '<packageTypes><packageType name="SymbolsPackage" /></packageTypes>';
    expect((await inspect(buildPackage({ metadataXml }))).kind).toBe('symbols');
  });

  it.each([
    ['symbols', ['lib/net45/A.dll', 'lib/net45/A.pdb', 'src/A/Program.cs']],
    ['symbols', ['tools/A.exe', 'tools/a.PDB', 'SRC/A/Program.cs']],
    ['package', ['lib/net45/A.dll', 'lib/net45/A.pdb']],
    ['package', ['lib/net45/A.dll', 'src/A/Program.cs']],
    ['package', ['lib/net45/A.dll', 'lib/net45/A.pdb', 'contentFiles/cs/any/src/Program.cs']],
    ['package', ['lib/net45/A.dll', 'symbols/A.pdb', 'src/A/Program.cs']],
  ] as const)('is taken for one of kind %s by its files %j', async (kind, names) => {
    const bytes = buildZip([nuspec, ...names.map((name) => ({ name, content: 'x' }))]);
    expect((await inspect(bytes)).kind).toBe(kind);
  });

  it('may have stored entries, folders, signatures and escaped names', async () => {
    const bytes = buildZip([
      { ...nuspec, method: 0 },
      { name: 'lib/', content: '', method: 0 },
      { name: 'lib/net45/a%20b.dll', content: 'x' },
      { name: '[Content_Types].xml', content: '<Types/>' },
      { name: '.signature.p7s', content: 'x', method: 0 },
    ]);
    expect((await inspect(bytes)).metadata.id).toBe('Sample');
  });
});

describe('a zip file that is refused', () => {
  it.each([
    ['../evil.dll', /leads out of its folder/],
    ['lib/../../evil.dll', /leads out of its folder/],
    ['lib/%2e%2e/%2E%2E/evil.dll', /leads out of its folder/],
    ['lib/%2e%2e/%2e%2e/evil%zz.dll', /leads out of its folder/],
    ['lib%2f%2e%2e%2f%ff%2f%2e%2e/evil.dll', /leads out of its folder/],
    ['content/%ff%2e%2e%2f../evil.dll', /leads out of its folder/],
    ['lib/%ff%5c..%5cevil.dll', /backslash/],
    ['lib/./a.dll', /leads out of its folder/],
    ['/etc/passwd', /absolute path/],
    ['%2Fetc/passwd', /absolute path/],
    ['C:/evil.dll', /names a drive/],
    ['C:evil.dll', /names a drive/],
    ['lib\\evil.dll', /backslash/],
    ['lib/evil%5c..dll', /backslash/],
    ['lib/e\0vil.dll', /control characters/],
    ['lib/e%00vil.dll', /control characters/],
    ['lib//a.dll', /empty folder name/],
    ['', /without a name/],
    ['a'.repeat(2000), /longer than 1024 characters/],
  ])('has an entry named %j', async (name, reason) => {
    expect(await refusalOf(withEntry(name))).toMatch(reason);
  });

  it.each([
    ['lib/a.dll', 'LIB/A.dll'],
    ['lib/a b.dll', 'lib/a%20b.dll'],
    ['lib/a b%zz.dll', 'lib/a%20b%zz.dll'],
    ['lib', 'lib/'],
  ])('has %j and %j', async (first, second) => {
    const entries = [first, second].map((name) => ({ name, content: '' }));
    expect(await refusalOf(buildZip([nuspec, ...entries]))).toMatch(/two entries with the name/);
  });

  it('has no nuspec at its root, or several', async () => {
    expect(await refusalOf(buildZip([{ ...nuspec, name: 'sub/Sample.nuspec' }]))).toMatch(/no nuspec at its root/);
    expect(await refusalOf(buildZip([nuspec, { ...nuspec, name: 'Other.NUSPEC' }]))).toMatch(/more than one nuspec/);
  });

  it('names an entry differently in its two directories', async () => {
    const bytes = withEntry('lib/a.txt');
    bytes.write('../../x.y', bytes.indexOf('lib/a.txt'), 'latin1');
    expect(await refusalOf(bytes)).toMatch(/differently in its two directories/);
  });

  it('has more entries than allowed', async () => {
    expect(await refusalOf(withEntry('a'), { maxEntries: 1 })).toBe('The package has 2 entries; at most 1 are allowed');
  });

  it('unpacks to too much, in bytes or in proportion', async () => {
    const bomb = buildZip([nuspec, { name: 'a', content: Buffer.alloc(2_000_000) }]);
    expect(await refusalOf(bomb, { maxUncompressedBytes: 1_000_000 })).toMatch(/more than 1000000 bytes/);
    expect(await refusalOf(bomb, { ratioFreeBytes: 1_000_000 })).toMatch(/more than 100 times its size/);
    expect((await inspect(bomb)).kind).toBe('package');
  });

  it('has entries that overlap', async () => {
    // The central directory names the same deflated content again and again.
    const single = buildZip([nuspec, { name: 'a', content: Buffer.alloc(50_000, 'abcdefghij0123456789'), method: 0 }]);
    const directoryAt = single.readUInt32LE(single.length - 6);
    const record = single.subarray(directoryAt + 46 + nuspec.name.length, single.length - 22);
    const renamed = (letter: string): Buffer => Buffer.concat([record.subarray(0, 46), Buffer.from(letter)]);
    const directory = Buffer.concat([
      single.subarray(directoryAt, single.length - 22),
      ...['b', 'c', 'd'].map(renamed),
    ]);
    const end = Buffer.from(single.subarray(single.length - 22));
    end.writeUInt16LE(5, 8);
    end.writeUInt16LE(5, 10);
    end.writeUInt32LE(directory.length, 12);
    const bytes = Buffer.concat([single.subarray(0, directoryAt), directory, end]);
    expect(await refusalOf(bytes)).toBe('The entries of the package overlap');
  });

  it('has encrypted entries', async () => {
    expect(await refusalOf(buildZip([nuspec, { name: 'a', content: 'x', flags: 1 }]))).toMatch(/is encrypted/);
    expect(await refusalOf(buildZip([{ ...nuspec, flags: 0x41 }]))).toMatch(/damaged/);
  });

  it('is compressed by something that NuGet cannot unpack', async () => {
    expect(await refusalOf(buildZip([nuspec, { name: 'a', content: 'x', method: 93 }]))).toMatch(/other than deflate/);
  });

  it('lies about the size, the checksum or the name of its nuspec', async () => {
    expect(await refusalOf(buildZip([{ ...nuspec, uncompressedBytes: 10 }]))).toMatch(/more than it declares/);
    expect(await refusalOf(buildZip([{ ...nuspec, uncompressedBytes: 9000 }]))).toMatch(/less than it declares/);
    expect(await refusalOf(buildZip([{ ...nuspec, crc: 1 }]))).toMatch(/does not match its checksum/);
    expect(await refusalOf(buildZip([{ ...nuspec, localName: 'Another.nuspec' }]))).toMatch(/differently in its two/);
  });

  it.each([
    ['unpacks to far more', { content: Buffer.alloc(20_000_000), uncompressedBytes: 100 }, /'a' unpacks to more than/],
    ['unpacks to less', { content: 'x', uncompressedBytes: 100 }, /'a' unpacks to less than it declares/],
    ['is stored and has more', { content: 'xyz', uncompressedBytes: 2, method: 0 }, /more than it|damaged/],
    ['has another checksum', { content: 'x', crc: 1 }, /'a' does not match its checksum/],
  ])('has a file that %s than it declares', async (_what, lie, reason) => {
    expect(await refusalOf(buildZip([nuspec, { name: 'a', ...lie }]))).toMatch(reason);
  });

  it('has a nuspec that is too large, whatever it says', async () => {
    const large = { ...nuspec, content: `${buildNuspec()}<!--${' '.repeat(2 * 1024 ** 2)}-->` };
    expect(await refusalOf(buildZip([large]))).toBe('The nuspec is larger than 1048576 bytes');
    expect(await refusalOf(buildZip([{ ...large, uncompressedBytes: 500 }]))).toMatch(/more than it declares/);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a few bytes', Buffer.from('PK')],
    ['text', Buffer.from('<html>Not found</html>'.repeat(50))],
    ['something before the zip file', Buffer.concat([Buffer.from('MZ'), buildPackage()])],
    ['only an end record', buildZip([])],
    ['half a package', buildPackage().subarray(0, 300)],
    ['a package with a tail', Buffer.concat([buildPackage(), Buffer.from('\r\n')])],
  ])('is %s', async (_, bytes) => {
    expect(await refusalOf(bytes)).toMatch(/is not a zip file|truncated or damaged/);
  });

  it('was cut or changed anywhere: a refusal or a package, and never anything else', async () => {
    const whole = buildPackage();
    const file = write(whole);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!cut) bytes[at] = byte;
        writeFileSync(file, bytes);
        const outcome: unknown = await inspectPackage(file, DEFAULT_PACKAGE_LIMITS, NEVER).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'FF_INVALID_PACKAGE' });
      }),
      { numRuns: 400 },
    );
  });

  it('leaves no file open', async () => {
    const openFiles = (): number => readdirSync('/proc/self/fd').length;
    const before = openFiles();
    for (let i = 0; i < 20; i += 1) await refusalOf(withEntry('../a'));
    expect(openFiles()).toBeLessThan(before + 10);
  });
});

describe('an inspection', () => {
  it('ends when nobody waits for it any more, before an entry and in the middle of one', async () => {
    const file = write(buildZip([nuspec, { name: 'a', content: Buffer.alloc(64 * 1024 * 1024) }]));
    const gone = new Error('the client is gone');
    await expect(inspectPackage(file, DEFAULT_PACKAGE_LIMITS, AbortSignal.abort(gone))).rejects.toBe(gone);
    const leaving = new AbortController();
    const inspected = inspectPackage(file, { ...DEFAULT_PACKAGE_LIMITS, maxCompressionRatio: 1e9 }, leaving.signal);
    setTimeout(() => leaving.abort(gone), 5);
    await expect(inspected).rejects.toBe(gone);
  });
});

describe('a file of a stored package', () => {
  it('is found without case and by its escaped name', async () => {
    const file = write(buildPackage({ files: { 'docs/Read%20Me.md': 'hello', 'a.png': Buffer.from([1, 2, 3]) } }));
    expect((await readPackageEntry(file, 'DOCS\\read me.md', 100))?.toString()).toBe('hello');
    expect(await readPackageEntry(file, 'a.png', 3)).toEqual(Buffer.from([1, 2, 3]));
  });

  it('is absent when there is none, or when it is too large', async () => {
    const file = write(buildPackage({ files: { 'a.txt': 'hello' } }));
    expect(await readPackageEntry(file, 'b.txt', 100)).toBeUndefined();
    expect(await readPackageEntry(file, 'a.txt', 4)).toBeUndefined();
  });

  it('is the nuspec, whatever its name', async () => {
    const file = write(buildPackage({ nuspecName: 'strange.NuSpec' }));
    expect((await readNuspec(file)).toString()).toBe(buildNuspec());
  });
});
