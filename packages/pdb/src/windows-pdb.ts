/**
 * Windows PDBs: a file of blocks in which streams lie scattered, found by way of a directory.
 *
 * Source: LLVM documentation, "The MSF File Format" and "The PDB Info Stream"; dotnet/symstore, "SSQP Key Conventions",
 * section "PDB-Signature-Age". The age is that of the DBI stream, as dotnet/symstore's `PDBFileKeyGenerator` has it: tools that
 * change a PDB afterwards raise the other one only.
 */
import { guidDigits, PdbFault, readInside } from './pdb-content.ts';
import type { PdbContent } from './pdb-content.ts';

const MAGIC = Buffer.from('Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0', 'latin1');
/** Up to the list of the blocks that list the blocks of the directory. */
const SUPER_BLOCK_BYTES = 52;
const MIN_BLOCK_BYTES = 512;
const MAX_BLOCK_BYTES = 65_536;
const INFO_STREAM = 1;
const DBI_STREAM = 3;
/** Version, signature, age, GUID. */
const INFO_BYTES = 28;
/** Signature, version, age. */
const DBI_BYTES = 12;
/** The length of a stream that is not there. */
const NO_STREAM = 0xffff_ffff;

export function isWindowsPdb(head: Buffer): boolean {
  return head.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * @returns GUID and age, as a symbol key has them.
 * @throws PdbFault
 */
export async function readWindowsPdb(content: PdbContent): Promise<string> {
  const file = await BlockFile.open(content);
  const info = await file.startOf(INFO_STREAM, INFO_BYTES);
  if (info === undefined) throw new PdbFault('it has no stream with its GUID');
  const dbi = await file.startOf(DBI_STREAM, DBI_BYTES);
  const age = dbi === undefined ? info.readUInt32LE(8) : dbi.readUInt32LE(8);
  return guidDigits(info.subarray(12, 28)) + age.toString(16);
}

class BlockFile {
  readonly #content: PdbContent;
  readonly #blockBytes: number;
  readonly #blockCount: number;
  readonly #directoryBytes: number;
  readonly #read = new Map<number, Promise<Buffer>>();

  private constructor(content: PdbContent, superBlock: Buffer) {
    this.#content = content;
    this.#blockBytes = superBlock.readUInt32LE(32);
    this.#blockCount = superBlock.readUInt32LE(40);
    this.#directoryBytes = superBlock.readUInt32LE(44);
  }

  static async open(content: PdbContent): Promise<BlockFile> {
    const superBlock = await readInside(content, 0, SUPER_BLOCK_BYTES);
    const blockBytes = superBlock.readUInt32LE(32);
    const isPowerOfTwo = (blockBytes & (blockBytes - 1)) === 0;
    if (!isPowerOfTwo || blockBytes < MIN_BLOCK_BYTES || blockBytes > MAX_BLOCK_BYTES) {
      throw new PdbFault(`its blocks are declared with ${blockBytes} bytes`);
    }
    return new BlockFile(content, superBlock);
  }

  /** The first bytes of a stream; undefined when there is no such stream, or not as much of it. */
  async startOf(stream: number, length: number): Promise<Buffer | undefined> {
    const streamCount = await this.#directoryEntry(0);
    if (stream >= streamCount) return undefined;
    let blocksBefore = 0;
    for (let before = 0; before < stream; before += 1) {
      blocksBefore += this.#blocksFor(await this.#directoryEntry(1 + before));
    }
    const size = await this.#directoryEntry(1 + stream);
    if (size === NO_STREAM || size < length) return undefined;
    const block = await this.#directoryEntry(1 + streamCount + blocksBefore);
    return (await this.#block(block)).subarray(0, length);
  }

  #blocksFor(sizeBytes: number): number {
    return sizeBytes === NO_STREAM ? 0 : Math.ceil(sizeBytes / this.#blockBytes);
  }

  /** Number `index` of the directory, which consists of 32-bit numbers. */
  async #directoryEntry(index: number): Promise<number> {
    if ((index + 1) * 4 > this.#directoryBytes) {
      throw new PdbFault(`its directory of ${this.#directoryBytes} bytes has no entry ${index}`);
    }
    const { block, at } = this.#place(index);
    return (await this.#block(await this.#directoryBlock(block))).readUInt32LE(at);
  }

  /** Where block number `index` of the directory is: told by a list in blocks that are themselves listed behind the super block. */
  async #directoryBlock(index: number): Promise<number> {
    const { block, at } = this.#place(index);
    const listedAt = SUPER_BLOCK_BYTES + block * 4;
    if (listedAt + 4 > this.#blockBytes) throw new PdbFault('its directory is too large');
    const list = await readInside(this.#content, listedAt, 4);
    return (await this.#block(list.readUInt32LE(0))).readUInt32LE(at);
  }

  /** Of a 32-bit number in a run of blocks. */
  #place(index: number): { readonly block: number; readonly at: number } {
    const byte = index * 4;
    return { block: Math.floor(byte / this.#blockBytes), at: byte % this.#blockBytes };
  }

  /** Read once: the content may have to be unpacked from its beginning each time. */
  #block(number: number): Promise<Buffer> {
    if (number >= this.#blockCount) {
      throw new PdbFault(`it refers to its block ${number} of ${this.#blockCount}`);
    }
    const known = this.#read.get(number);
    if (known !== undefined) return known;
    const reading = readInside(this.#content, number * this.#blockBytes, this.#blockBytes);
    this.#read.set(number, reading);
    return reading;
  }
}
