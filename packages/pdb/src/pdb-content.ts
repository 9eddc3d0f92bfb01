/** The bytes of a program database, wherever they lie; and what reading them may find wrong. */

export interface PdbContent {
  readonly sizeBytes: number;
  /** Exactly `length` bytes from `start` on; asked for inside of the size only. */
  read(start: number, length: number): Promise<Buffer>;
  /** All bytes, in order. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Ends the reading of what is no program database, or a damaged one. Told to nobody: `identifyPdb` makes an outcome of it. */
export class PdbFault extends Error {
  override readonly name = 'PdbFault';
}

/** @throws PdbFault when the content has no such bytes. */
export async function readInside(content: PdbContent, start: number, length: number): Promise<Buffer> {
  if (start + length > content.sizeBytes) {
    throw new PdbFault(`it has ${content.sizeBytes} bytes, and refers to its byte ${start + length}`);
  }
  return content.read(start, length);
}

/**
 * A GUID as symbol keys have it: 32 digits in lower case.
 *
 * Source: dotnet/symstore, "SSQP Key Conventions", section "Key formatting basic rules"; the first three fields are little-endian.
 *
 * @param bytes - 16 of them, as they lie in the file.
 */
export function guidDigits(bytes: Buffer): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const fields = [hex(bytes.readUInt32LE(0), 8), hex(bytes.readUInt16LE(4), 4), hex(bytes.readUInt16LE(6), 4)];
  return fields.join('') + bytes.toString('hex', 8, 16);
}
