/**
 * What an assembly says of its PDB: the key and the checksum that a debugger asks a symbol server for.
 *
 * Source: Microsoft, "PE Format", sections "Optional Header" and "Debug Directory"; dotnet/runtime, "PE/COFF Specification", entries
 * of type 2 (CodeView) and 19 (PDB checksum). Reads nothing that the project reads, so that neither can share the other's mistake.
 */
export interface PdbReference {
  readonly fileName: string;
  /** GUID and age, as in a symbol key. */
  readonly signature: string;
  /** As the header `SymbolChecksum` has it. */
  readonly checksum: string;
}

const PE32_PLUS = 0x20b;
const CODE_VIEW = 2;
const PDB_CHECKSUM = 19;
/** Minor version of a CodeView entry that belongs to a portable PDB. */
const PORTABLE = 0x504d;

export function readPdbReference(assembly: Buffer): PdbReference {
  const entries = debugEntries(assembly);
  const codeView = entries.find(({ type }) => type === CODE_VIEW);
  const checksum = entries.find(({ type }) => type === PDB_CHECKSUM);
  if (codeView === undefined || checksum === undefined) throw new Error('the assembly names no PDB');
  const age = codeView.minor === PORTABLE ? 'FFFFFFFF' : codeView.data.readUInt32LE(20).toString(16);
  const path = textAt(codeView.data, 24);
  const algorithm = textAt(checksum.data, 0);
  return {
    fileName: path.split(/[/\\]/).at(-1) ?? '',
    signature: guidText(codeView.data.subarray(4, 20)) + age,
    checksum: `${algorithm}:${checksum.data.subarray(algorithm.length + 1).toString('hex')}`,
  };
}

interface DebugEntry {
  readonly type: number;
  readonly minor: number;
  readonly data: Buffer;
}

function debugEntries(assembly: Buffer): readonly DebugEntry[] {
  const header = assembly.readUInt32LE(0x3c) + 4;
  const optional = header + 20;
  const directories = optional + (assembly.readUInt16LE(optional) === PE32_PLUS ? 112 : 96);
  const sections = {
    start: optional + assembly.readUInt16LE(header + 16),
    count: assembly.readUInt16LE(header + 2),
  };
  const start = fileOffset(assembly, sections, assembly.readUInt32LE(directories + 6 * 8));
  return Array.from({ length: assembly.readUInt32LE(directories + 6 * 8 + 4) / 28 }, (_, index) => {
    const at = start + index * 28;
    const from = assembly.readUInt32LE(at + 24);
    return {
      type: assembly.readUInt32LE(at + 12),
      minor: assembly.readUInt16LE(at + 10),
      data: assembly.subarray(from, from + assembly.readUInt32LE(at + 16)),
    };
  });
}

function fileOffset(
  assembly: Buffer,
  { start, count }: { readonly start: number; readonly count: number },
  address: number,
): number {
  for (let at = start; at < start + count * 40; at += 40) {
    const offset = address - assembly.readUInt32LE(at + 12);
    if (offset >= 0 && offset < assembly.readUInt32LE(at + 16)) return offset + assembly.readUInt32LE(at + 20);
  }
  throw new Error('the debug directory is in no section');
}

function textAt(data: Buffer, start: number): string {
  return data.toString('utf8', start, data.indexOf(0, start));
}

function guidText(bytes: Buffer): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((index) => bytes.readUInt8(index))).toString('hex');
}
