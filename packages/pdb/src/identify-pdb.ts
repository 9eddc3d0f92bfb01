/**
 * What a program database is: its kind, and the key and the checksum that a debugger asks for it by.
 *
 * Memory is bounded whatever the file says, and every fault of the file is an outcome.
 */
import { PdbFault } from './pdb-content.ts';
import type { PdbContent } from './pdb-content.ts';
import { isPortablePdb, readPortablePdb } from './portable-pdb.ts';
import { isWindowsPdb, readWindowsPdb } from './windows-pdb.ts';

export interface PdbIdentity {
  readonly kind: 'portable' | 'windows';
  /**
   * What stands between the two file names of a symbol key, in lower case: the GUID, then the age.
   *
   * Source: dotnet/symstore, "SSQP Key Conventions".
   */
  readonly signature: string;
  /** SHA-256 of the file with its own id zeroed, in lower-case hex; null for Windows PDBs, which are not asked for by one. */
  readonly checksum: string | null;
}

export type PdbReading =
  | { readonly outcome: 'identified'; readonly identity: PdbIdentity }
  /** The reason goes on after the name of the file: `it has 3 bytes`. */
  | { readonly outcome: 'refused'; readonly reason: string };

const HEAD_BYTES = 32;

/** @throws whatever `content` throws. */
export async function identifyPdb(content: PdbContent): Promise<PdbReading> {
  try {
    return { outcome: 'identified', identity: await identify(content) };
  } catch (error) {
    if (error instanceof PdbFault) return { outcome: 'refused', reason: error.message };
    throw error;
  }
}

async function identify(content: PdbContent): Promise<PdbIdentity> {
  const head = await content.read(0, Math.min(HEAD_BYTES, content.sizeBytes));
  if (isPortablePdb(head)) return { kind: 'portable', ...(await readPortablePdb(content)) };
  if (isWindowsPdb(head)) return { kind: 'windows', signature: await readWindowsPdb(content), checksum: null };
  throw new PdbFault('it starts neither as a portable nor as a Windows PDB');
}
