/**
 * A zip archive of a few small files, stored as they are.
 *
 * Source: PKWARE, "APPNOTE.TXT", 4.3.7 (local file header), 4.3.12 (central directory), 4.3.16 (its end).
 */
import { crc32 } from 'node:zlib';

export interface StoredFile {
  readonly name: string;
  readonly content: Buffer;
}

/** 1980-01-01, so that equal files give equal archives. */
const DOS_DATE = 0x0021;
const VERSION = 20;

interface Placed {
  readonly file: StoredFile;
  readonly offset: number;
}

/** The part that both headers share, from "version needed to extract" on. */
function commonHeader({ name, content }: StoredFile): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(VERSION, 0);
  header.writeUInt16LE(DOS_DATE, 8);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(content.length, 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt16LE(Buffer.byteLength(name), 22);
  return header;
}

function centralHeader({ file, offset }: Placed): Buffer {
  const before = Buffer.from([0x50, 0x4b, 0x01, 0x02, VERSION, 0]);
  const after = Buffer.alloc(14);
  after.writeUInt32LE(offset, 10);
  return Buffer.concat([before, commonHeader(file), after, Buffer.from(file.name)]);
}

export function storedZip(files: readonly StoredFile[]): Buffer {
  const parts: Buffer[] = [];
  const placed: Placed[] = [];
  let offset = 0;
  for (const file of files) {
    placed.push({ file, offset });
    const part = Buffer.concat([
      Buffer.from('PK\u0003\u0004'),
      commonHeader(file),
      Buffer.from(file.name),
      file.content,
    ]);
    parts.push(part);
    offset += part.length;
  }
  const directory = Buffer.concat(placed.map(centralHeader));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}
