import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { openPackageBody } from './package-body.ts';

const QUOTED = 'multipart/form-data; boundary="b0-undary"';
const pushedPackage = buildPackage();

async function* inChunks(body: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? body.length;
    yield await Promise.resolve(body.subarray(at, at + size));
    at += size;
  }
}

async function extract(
  body: Buffer | string,
  contentType: string,
  sizes: readonly number[] = [65_536],
): Promise<{ readonly fileName: string; readonly bytes: Buffer; readonly largest: number }> {
  const source = inChunks(Buffer.from(body as string), sizes);
  const { fileName, content } = await openPackageBody(source, contentType);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return { fileName, bytes: Buffer.concat(chunks), largest: Math.max(0, ...chunks.map(({ length }) => length)) };
}

async function refusalOf(body: Buffer | string, contentType: string): Promise<string> {
  const problem: unknown = await extract(body, contentType).catch((error: unknown) => error);
  if (!(problem instanceof ProblemError)) throw new Error('it was taken');
  expect(problem.code).toBe('FF_INVALID_REQUEST');
  return problem.reasonPhrase;
}

function multipart(content: Buffer | string, options: { readonly head?: string; readonly end?: string } = {}): Buffer {
  const head = options.head ?? 'Content-Disposition: form-data; name="package"; filename="package"';
  return Buffer.concat([
    Buffer.from(`--b0-undary\r\n${head}\r\n\r\n`),
    Buffer.from(content as string),
    Buffer.from(options.end ?? '\r\n--b0-undary--\r\n'),
  ]);
}

describe('the package in a multipart body', () => {
  it('is found as nuget.exe 2.8.7 on mono sends it, with a bare LF before the last boundary', async () => {
    const boundary = '---------------------------8df1d4b6c8a1f00';
    const head = [
      `--${boundary}`,
      'Content-Disposition: form-data; name="package"; filename="package"',
      'Content-Type: application/octet-stream',
    ].join('\r\n');
    const body = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), pushedPackage, Buffer.from(`\n--${boundary}--\n`)]);
    const { bytes, fileName } = await extract(body, `multipart/form-data; boundary=${boundary}`);
    expect(bytes.equals(pushedPackage)).toBe(true);
    expect(fileName).toBe('package');
  });

  it('is found as dotnet sends it, with a quoted boundary and bare parameters', async () => {
    const head = [
      'Content-Type: application/octet-stream',
      "Content-Disposition: form-data; name=package; filename=package.nupkg; filename*=utf-8''package.nupkg",
    ].join('\r\n');
    const { bytes, fileName } = await extract(multipart(pushedPackage, { head }), QUOTED);
    expect(bytes.equals(pushedPackage)).toBe(true);
    expect(fileName).toBe('package.nupkg');
  });

  it('is the first file, behind a preamble and form fields', async () => {
    const body = Buffer.concat([
      Buffer.from(
        'This is a multi-part message.\r\n--b0-undary\r\nContent-Disposition: form-data; name="key"\r\n\r\nx\r\n',
      ),
      multipart('first', { end: '\r\n' }),
      multipart('second'),
    ]);
    expect((await extract(body, QUOTED)).bytes.toString()).toBe('first');
  });

  it.each([
    ['form-data; filename="a b.snupkg"', 'a b.snupkg'],
    ["form-data; name=x; filename*=UTF-8''a%20b.nupkg", 'a b.nupkg'],
  ])('has the name of %s', async (disposition, name) => {
    const body = multipart('x', { head: `content-disposition:${disposition}` });
    expect((await extract(body, QUOTED)).fileName).toBe(name);
  });

  it('needs no file name when its content type is binary', async () => {
    const head = 'Content-Disposition: form-data; name="p"\r\nContent-Type: application/octet-stream';
    expect((await extract(multipart('x', { head }), QUOTED)).bytes.toString()).toBe('x');
  });

  it('may hold what looks like a boundary', async () => {
    const content = 'a\r\n--b0-undary2\r\n\n--b0-undar\r\n--b0-undary-\n\r\r\n--b0';
    expect((await extract(multipart(content), QUOTED)).bytes.toString()).toBe(content);
  });

  it('keeps its last bytes whatever ends the part', async () => {
    for (const lineBreak of ['\n', '\r\n']) {
      for (const tail of ['\n', '\r\n\n', '\0', '-', '--']) {
        const body = multipart(`x${tail}`, { end: `${lineBreak}--b0-undary--` });
        expect((await extract(body, QUOTED)).bytes.toString()).toBe(`x${tail}`);
      }
    }
  });

  it('is the same in any chunks', async () => {
    const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    const tricky = fc
      .array(fc.constantFrom('\r', '\n', '--b0-undary', '--b0-undar', '-', 'x'), { maxLength: 20 })
      .map((pieces) => Buffer.from(`${pieces.join('')}.`))
      // A whole delimiter line inside is no content any more, and a CR at the end may be the line break's.
      .filter((bytes) => !/\n--b0-undary(?:--|[\r\n]|$)/.test(bytes.toString()));
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(content, tricky), sizes, fc.boolean(), async (bytes, chunks, bare) => {
        fc.pre(!(bare && bytes.at(-1) === 0x0d));
        const body = multipart(bytes, { end: `${bare ? '\n' : '\r\n'}--b0-undary--${bare ? '' : '\r\nepilogue'}` });
        expect((await extract(body, QUOTED, chunks)).bytes.equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is passed on as it arrives, but for a boundary', async () => {
    const { bytes, largest } = await extract(multipart(Buffer.alloc(1_000_000, 7)), QUOTED, [10_000]);
    expect(bytes).toHaveLength(1_000_000);
    expect(largest).toBeLessThan(10_100);
  });
});

describe('form fields before the file', () => {
  const field = (bytes: number): Buffer =>
    Buffer.from(`--b0-undary\r\nContent-Disposition: form-data; name="n"\r\n\r\n${'x'.repeat(bytes)}\r\n`);

  it('are skipped, but not without end', async () => {
    const file = multipart('file');
    expect((await extract(Buffer.concat([field(30_000), field(30_000), file]), QUOTED)).bytes.toString()).toBe('file');
    const refused = expect.objectContaining({ code: 'FF_INVALID_REQUEST' });
    await expect(extract(Buffer.concat([field(70_000), file]), QUOTED)).rejects.toEqual(refused);
    await expect(extract(Buffer.concat([field(40_000), field(40_000), file]), QUOTED)).rejects.toEqual(refused);
  });
});

describe('a raw body', () => {
  it.each(['application/octet-stream', '', 'application/zip', 'multipart/form-data', 'text/html'])(
    'of type %j is the package',
    async (contentType) => {
      expect((await extract(pushedPackage, contentType, [1, 3])).bytes.equals(pushedPackage)).toBe(true);
    },
  );
});

describe('a body that is refused', () => {
  it.each([
    ['', 'application/octet-stream', /no body/],
    ['PK', 'application/octet-stream', /neither a package nor/],
    ['<html>', 'text/html', /neither a package nor/],
    ['x', 'multipart/form-data', /no valid boundary/],
    ['x', 'multipart/form-data; boundary=""', /no valid boundary/],
    ['x', `multipart/form-data; boundary=${'b'.repeat(300)}`, /no valid boundary/],
    ['something else', QUOTED, /does not hold its boundary/],
    ['x'.repeat(100_000), QUOTED, /does not hold its boundary/],
    ['--b0-undary--\r\n', QUOTED, /has no file/],
    ['--b0-undary\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b0-undary--', QUOTED, /has no file/],
    ['--b0-undary\r\nContent-Disp', QUOTED, /ended before its last boundary/],
    [`--b0-undary\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, QUOTED, /too long/],
    [`--b0-undary\r\n${'X: y\r\n'.repeat(10_000)}\r\n`, QUOTED, /too long/],
    [multipart('cut', { end: '\r\n--b0-undar' }), QUOTED, /ended before its last boundary/],
  ])('is %#', async (body, contentType, reason) => {
    expect(await refusalOf(body, contentType)).toMatch(reason);
  });
});
