/**
 * The package in the body of a request: the first file of a multipart body, or the body itself.
 *
 * What starts as a zip file is taken as one whatever the content type says; some tools send `multipart/form-data` with a bare
 * package behind it.
 */
import { badUpload, boundaryOf } from './multipart-head.ts';
import { MultipartReader } from './multipart.ts';

export interface PackageBody {
  /** As the client names the file; empty when it does not. */
  readonly fileName: string;
  /** May be read once. Ends with the package; what follows it in the body is left. */
  readonly content: AsyncIterable<Uint8Array>;
}

const ZIP_SIGNATURE = Buffer.from('PK\x03\x04', 'latin1');

/**
 * Reads up to the first byte of the package.
 *
 * @throws ProblemError `FF_INVALID_REQUEST` when the body holds no package.
 */
export async function openPackageBody(source: AsyncIterable<Uint8Array>, contentType: string): Promise<PackageBody> {
  const iterator = source[Symbol.asyncIterator]();
  const start = await readStart(iterator);
  const rest = resumed(start, iterator);
  if (start.length === 0) throw badUpload('The request has no body; a package was expected');
  if (start.subarray(0, ZIP_SIGNATURE.length).equals(ZIP_SIGNATURE)) return { fileName: '', content: rest };
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) throw badUpload('The body is neither a package nor multipart/form-data');
  const reader = new MultipartReader(rest, boundary);
  const { fileName } = await reader.openFile();
  return { fileName, content: reader.content() };
}

/** As much as it takes to tell a zip file, or all when there is less. */
async function readStart(iterator: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < ZIP_SIGNATURE.length) {
    const next = await iterator.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return start;
}

async function* resumed(start: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return;
    yield next.value;
  }
}
