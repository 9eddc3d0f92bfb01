/**
 * The debugging symbols of the canary package: a portable PDB that says nothing, in a symbols package that is the same wherever it is
 * made.
 *
 * Source: dotnet/runtime, "Portable PDB v1.0: Format Specification", "#Pdb stream"; ECMA-335, II.24.2.1 "Metadata root" and II.24.2.2
 * "Stream header"; dotnet/symstore, "SSQP Key Conventions", "Portable-Pdb-Signature".
 */
import { createHash } from 'node:crypto';

import { storedZip } from '@feedfleet/stored-zip';

import { CANARY_ID, canaryNuspec, READ_VERSION } from './canary-package.ts';

export interface CanarySymbols {
  /** Of the symbols package. */
  readonly bytes: Buffer;
  /** Below the root of a feed, as debuggers ask for the PDB. */
  readonly path: string;
  /** Of the PDB, in Base64. */
  readonly sha512: string;
}

/** All bytes of the GUID are the same, so that it reads alike in either order of its bytes. */
const GUID_BYTE = 0xfe;
const STAMP = 1;
/** Instead of the age that Windows PDBs have. */
const PORTABLE_AGE = 'ffffffff';
const FILE_NAME = `${CANARY_ID}.pdb`;

interface Stream {
  /** Its zero and the padding to a multiple of four are a part of it. */
  readonly name: Buffer;
  readonly content: Buffer;
}

/** Id, entry point, referenced tables: none. */
function idStream(): Buffer {
  const content = Buffer.alloc(32);
  content.fill(GUID_BYTE, 0, 16);
  content.writeUInt32LE(STAMP, 16);
  return content;
}

function portablePdb(): Buffer {
  const streams: readonly Stream[] = [
    { name: Buffer.from('#~\0\0'), content: Buffer.alloc(24) },
    { name: Buffer.from('#Pdb\0\0\0\0'), content: idStream() },
  ];
  const version = Buffer.from('PDB v1.0\0\0\0\0');
  // "BSJB", version 1.1, reserved, length of the version; then flags and the number of streams.
  const root = Buffer.from([0x42, 0x53, 0x4a, 0x42, 1, 0, 1, 0, 0, 0, 0, 0, version.length, 0, 0, 0]);
  const counts = Buffer.from([0, 0, streams.length, 0]);
  let start = root.length + version.length + counts.length;
  for (const { name } of streams) start += 8 + name.length;
  const headers = streams.map(({ name, content }) => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(start, 0);
    header.writeUInt32LE(content.length, 4);
    start += content.length;
    return Buffer.concat([header, name]);
  });
  return Buffer.concat([root, version, counts, ...headers, ...streams.map(({ content }) => content)]);
}

export function canarySymbols(): CanarySymbols {
  const pdb = portablePdb();
  const nuspec = canaryNuspec(READ_VERSION, '<packageTypes><packageType name="SymbolsPackage" /></packageTypes>');
  const key = GUID_BYTE.toString(16).repeat(16) + PORTABLE_AGE;
  return {
    bytes: storedZip([
      { name: `${CANARY_ID}.nuspec`, content: nuspec },
      { name: `lib/${FILE_NAME}`, content: pdb },
    ]),
    path: `/symbols/${FILE_NAME}/${key}/${FILE_NAME}`.toLowerCase(),
    sha512: createHash('sha512').update(pdb).digest('base64'),
  };
}
