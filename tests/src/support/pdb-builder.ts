/** Program databases for tests: well-formed ones by default, broken in one chosen place on request. */
import { createHash } from 'node:crypto';

export interface PortablePdbOptions {
  /** 32 hex digits, as symbol keys have them. */
  readonly guid?: string;
  /** What the file is about; other content, other checksum. */
  readonly content?: string | Buffer;
  /** Instead of `#Pdb`. */
  readonly pdbStreamName?: string;
  /** Left out: `#~`, for example. */
  readonly without?: string;
  /** Instead of the true length, in the header of `#Pdb`. */
  readonly pdbStreamBytes?: number;
  readonly versionBytes?: number;
  readonly streamCount?: number;
  /** Bit mask of the referenced tables. */
  readonly tables?: bigint;
}

const DEFAULT_GUID = '497b72f6390a44fc878e5a2d63b6cc4b';
const ID_BYTES = 20;

/** The bytes of a portable PDB; its id lies behind the other streams. */
export function buildPortablePdb(options: PortablePdbOptions = {}): Buffer {
  const streams = [
    { name: '#~', content: Buffer.alloc(24) },
    { name: '#Blob', content: Buffer.from(options.content ?? 'documents, sequence points, locals') },
    { name: options.pdbStreamName ?? '#Pdb', content: pdbStream(options), length: options.pdbStreamBytes },
  ].filter(({ name }) => name !== options.without);
  const version = Buffer.from('PDB v1.0\0\0\0\0', 'latin1');
  const root = Buffer.alloc(16);
  root.write('BSJB', 'latin1');
  root.writeUInt16LE(1, 4);
  root.writeUInt16LE(1, 6);
  root.writeUInt32LE(options.versionBytes ?? version.length, 12);
  const counts = Buffer.alloc(4);
  counts.writeUInt16LE(options.streamCount ?? streams.length, 2);
  const headerBytes = streams.reduce((sum, { name }) => sum + 8 + paddedName(name).length, 0);
  let start = root.length + version.length + counts.length + headerBytes;
  const headers = streams.map(({ name, content, length }) => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(start, 0);
    header.writeUInt32LE(length ?? content.length, 4);
    start += content.length;
    return Buffer.concat([header, paddedName(name)]);
  });
  return Buffer.concat([root, version, counts, ...headers, ...streams.map(({ content }) => content)]);
}

/** SHA-256 of a built portable PDB with its id zeroed, as an assembly's debug directory has it. */
export function checksumOfPortablePdb(pdb: Buffer, guid = DEFAULT_GUID): string {
  const zeroed = Buffer.from(pdb);
  const at = zeroed.indexOf(guidBytes(guid));
  zeroed.fill(0, at, at + ID_BYTES);
  return createHash('sha256').update(zeroed).digest('hex');
}

function pdbStream({ guid = DEFAULT_GUID, tables = 0n }: PortablePdbOptions): Buffer {
  const stream = Buffer.alloc(32);
  guidBytes(guid).copy(stream);
  stream.writeUInt32LE(0x8a5d_1234, 16);
  stream.writeBigUInt64LE(tables, 24);
  return stream;
}

/** As it lies in files: the first three fields little-endian. */
function guidBytes(digits: string): Buffer {
  const bytes = Buffer.from(digits, 'hex');
  return Buffer.concat([
    bytes.subarray(0, 4).reverse(),
    bytes.subarray(4, 6).reverse(),
    bytes.subarray(6, 8).reverse(),
    bytes.subarray(8),
  ]);
}

function paddedName(name: string): Buffer {
  const padded = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  padded.write(name, 'latin1');
  return padded;
}

export interface WindowsPdbOptions {
  readonly guid?: string;
  /** Of the PDB info stream. */
  readonly age?: number;
  /** Of the DBI stream; there is none when it is null. */
  readonly dbiAge?: number | null;
  readonly blockBytes?: number;
  /** Instead of the place of the list of the directory's blocks. */
  readonly mapBlock?: number;
  /** Of the directory, instead of the true number. */
  readonly streamCount?: number;
}

const BLOCK_BYTES = 512;

/** The bytes of a Windows PDB of eight blocks. */
export function buildWindowsPdb(options: WindowsPdbOptions = {}): Buffer {
  const { guid = DEFAULT_GUID, age = 1, dbiAge = age, blockBytes = BLOCK_BYTES, mapBlock = 3 } = options;
  const blocks = Array.from({ length: 8 }, () => Buffer.alloc(BLOCK_BYTES));
  const [superBlock, , , map, directory, , info, dbi] = blocks as [Buffer, ...Buffer[]];
  superBlock.write('Microsoft C/C++ MSF 7.00\r\n\x1aDS', 'latin1');
  [blockBytes, 1, blocks.length, 4 * (1 + 4 + 3), 0, mapBlock].forEach((value, index) =>
    superBlock.writeUInt32LE(value, 32 + index * 4),
  );
  map?.writeUInt32LE(4, 0);
  const noStream = 0xffff_ffff;
  // Four streams: their lengths, then their blocks; the stream that is not there has none.
  const entries = [options.streamCount ?? 4, 16, 28, noStream, dbiAge === null ? noStream : 64, 5, 6, 7];
  entries.forEach((value, index) => directory?.writeUInt32LE(value, index * 4));
  [20_000_404, 0x5f00_0000, age].forEach((value, index) => info?.writeUInt32LE(value, index * 4));
  guidBytes(guid).copy(info ?? Buffer.alloc(0), 12);
  [noStream, 19_990_903, dbiAge ?? 0].forEach((value, index) => dbi?.writeUInt32LE(value, index * 4));
  return Buffer.concat(blocks);
}
