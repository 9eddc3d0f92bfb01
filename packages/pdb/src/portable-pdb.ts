/**
 * Portable PDBs: metadata in the format of assemblies, with a stream `#Pdb` that holds the id.
 *
 * Source: dotnet/runtime, "Portable PDB v1.0: Format Specification", section "#Pdb stream"; ECMA-335, II.24.2.1 "Metadata root"
 * and II.24.2.2 "Stream header"; dotnet/runtime, "PE/COFF Specification", section "PDB Checksum Debug Directory Entry".
 */
import { createHash } from 'node:crypto';
import { guidDigits, PdbFault, readInside } from './pdb-content.ts';
import type { PdbContent } from './pdb-content.ts';

const SIGNATURE = Buffer.from('BSJB', 'latin1');
/** ECMA-335 allows 255 bytes, padded to a multiple of four. */
const MAX_VERSION_BYTES = 256;
/** Compilers write six. */
const MAX_STREAMS = 16;
const MAX_STREAM_NAME_BYTES = 32;
const STREAM_HEADER_BYTES = 8;
/** Signature, version numbers, reserved, length of the version. */
const ROOT_BYTES = 16;
const MAX_HEADERS_BYTES =
  ROOT_BYTES + MAX_VERSION_BYTES + 4 + MAX_STREAMS * (STREAM_HEADER_BYTES + MAX_STREAM_NAME_BYTES);
/** GUID and stamp. */
const ID_BYTES = 20;
/** Id, entry point, bits of the referenced tables; a row count for each table follows. */
const PDB_STREAM_BYTES = ID_BYTES + 4 + 8;
/** Instead of the age that Windows PDBs have. */
const PORTABLE_AGE = 'ffffffff';

interface MetadataStream {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

export function isPortablePdb(head: Buffer): boolean {
  return head.subarray(0, SIGNATURE.length).equals(SIGNATURE);
}

/** @throws PdbFault */
export async function readPortablePdb(
  content: PdbContent,
): Promise<{ readonly signature: string; readonly checksum: string }> {
  const headers = await content.read(0, Math.min(MAX_HEADERS_BYTES, content.sizeBytes));
  const streams = readStreams(headers);
  streams.forEach((stream) => checkInside(stream, content.sizeBytes));
  const pdb = streams.find(({ name }) => name === '#Pdb');
  if (pdb === undefined) throw new PdbFault('its metadata has no stream #Pdb, so it is no PDB');
  if (!streams.some(({ name }) => name === '#~')) throw new PdbFault('its metadata has no stream #~');
  const id = await readId(content, pdb);
  return { signature: guidDigits(id) + PORTABLE_AGE, checksum: await checksumOf(content, pdb.start) };
}

/** @param headers - the start of the file; holds all stream headers unless they are too large. */
function readStreams(headers: Buffer): readonly MetadataStream[] {
  const versionBytes = uint32(headers, ROOT_BYTES - 4);
  if (versionBytes > MAX_VERSION_BYTES) throw new PdbFault(`its version text is declared with ${versionBytes} bytes`);
  // Behind the version: flags, then the count.
  const countAt = ROOT_BYTES + versionBytes + 2;
  const count = uint16(headers, countAt);
  if (count > MAX_STREAMS) throw new PdbFault(`it declares ${count} metadata streams; at most ${MAX_STREAMS} are read`);
  const streams: MetadataStream[] = [];
  for (let index = 0, at = countAt + 2; index < count; index += 1) {
    const { stream, end } = readStream(headers, at);
    streams.push(stream);
    at = end;
  }
  return streams;
}

function readStream(headers: Buffer, at: number): { readonly stream: MetadataStream; readonly end: number } {
  const nameAt = at + STREAM_HEADER_BYTES;
  const nameEnd = headers.indexOf(0, nameAt);
  if (nameEnd === -1 || nameEnd - nameAt >= MAX_STREAM_NAME_BYTES) throw endsEarly();
  return {
    stream: {
      name: headers.toString('latin1', nameAt, nameEnd),
      start: uint32(headers, at),
      length: uint32(headers, at + 4),
    },
    // The name and its zero are padded to a multiple of four.
    end: nameAt + Math.ceil((nameEnd - nameAt + 1) / 4) * 4,
  };
}

function checkInside({ name, start, length }: MetadataStream, sizeBytes: number): void {
  if (start + length <= sizeBytes) return;
  throw new PdbFault(`its stream ${printable(name)} ends at byte ${start + length} of ${sizeBytes}`);
}

async function readId(content: PdbContent, { start, length }: MetadataStream): Promise<Buffer> {
  if (length < PDB_STREAM_BYTES) {
    throw new PdbFault(`its stream #Pdb has ${length} bytes; ${PDB_STREAM_BYTES} are the least`);
  }
  const stream = await readInside(content, start, PDB_STREAM_BYTES);
  const tables = bitsOf(stream.readBigUInt64LE(ID_BYTES + 4));
  if (length < PDB_STREAM_BYTES + 4 * tables) {
    throw new PdbFault(`its stream #Pdb has ${length} bytes, too few for the rows of ${tables} tables`);
  }
  const id = stream.subarray(0, ID_BYTES);
  if (id.every((byte) => byte === 0)) throw new PdbFault('its id is empty');
  return id;
}

/** The compiler writes the id, which is made of the checksum, afterwards: so it counts as zeros. */
async function checksumOf(content: PdbContent, idStart: number): Promise<string> {
  const hash = createHash('sha256');
  let position = 0;
  for await (const chunk of content.chunks()) {
    const from = Math.max(idStart - position, 0);
    const to = Math.min(idStart + ID_BYTES - position, chunk.length);
    if (from < to) {
      hash.update(chunk.subarray(0, from));
      hash.update(Buffer.alloc(to - from));
      hash.update(chunk.subarray(to));
    } else hash.update(chunk);
    position += chunk.length;
  }
  return hash.digest('hex');
}

function bitsOf(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}

function uint32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw endsEarly();
  return bytes.readUInt32LE(at);
}

function uint16(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) throw endsEarly();
  return bytes.readUInt16LE(at);
}

function endsEarly(): PdbFault {
  return new PdbFault('its metadata headers end early');
}

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?');
}
