/**
 * What a debugger asks for: `{file}/{signature}/{file}`, and the checksums that it knows of the file.
 *
 * Source: dotnet/symstore, "Simple Symbol Query Protocol", section "Encoding and case sensitivity"; "SSQP Key Conventions".
 * `SymbolChecksum` as dotnet/symstore's `HttpSymbolStore` sends it: `SHA256:<hex>`, several between semicolons, from the entries
 * that dotnet/runtime, "PE/COFF Specification", describes under "PDB Checksum Debug Directory Entry".
 */
import type { SymbolQuery } from '@feedfleet/store';

/** GUID and age of a PDB, portable or not. */
const SIGNATURE = /^[0-9a-f]{33,40}$/;
const MAX_CHECKSUMS = 16;

/**
 * @param path - percent-encoded as sent; clients differ in whether they encode the slashes of the key.
 * @returns undefined for what is no key of a PDB.
 */
export function parseSymbolKey(path: string): Pick<SymbolQuery, 'fileName' | 'signature'> | undefined {
  const [fileName = '', signature = '', again = '', ...rest] = decoded(path).split('/').slice(1);
  const isKey =
    rest.length === 0 &&
    SIGNATURE.test(signature.toLowerCase()) &&
    fileName !== '' &&
    fileName.toLowerCase() === again.toLowerCase();
  return isKey ? { fileName, signature: signature.toLowerCase() } : undefined;
}

/**
 * @param header - `SymbolChecksum` as sent; empty when it was not.
 * @returns SHA-256 checksums in lower-case hex. Other algorithms than the compilers' default are left to the client, which
 *   looks at what it gets anyhow.
 */
export function readChecksums(header: string): readonly string[] {
  return header
    .split(/[;,]/)
    .map((entry) => /^\s*SHA-?256:([0-9a-f]{64})\s*$/i.exec(entry)?.[1]?.toLowerCase())
    .filter((checksum) => checksum !== undefined)
    .slice(0, MAX_CHECKSUMS);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
