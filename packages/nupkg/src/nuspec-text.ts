/**
 * From the bytes of a nuspec to its text.
 *
 * Source: XML 1.0, appendix F, "Autodetection of Character Encodings".
 */
import { quoted, refusal } from './refusal.ts';

const DECLARATION = /^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;
/** Encodings of one byte a character that a declaration may name. */
const SINGLE_BYTE: ReadonlySet<string> = new Set(['us-ascii', 'ascii', 'iso-8859-1', 'latin1', 'windows-1252']);

/** @throws ProblemError `FF_INVALID_PACKAGE` for an encoding that is not known and for bytes that are not in theirs. */
export function decodeNuspec(bytes: Buffer): string {
  const encoding = encodingOf(bytes);
  try {
    // A byte order mark is dropped by the decoder.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal(`The nuspec is not valid ${encoding.toUpperCase()} text`, { cause });
  }
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0x3c && bytes[1] === 0x00) return 'utf-16le';
  if (bytes[0] === 0x00 && bytes[1] === 0x3c) return 'utf-16be';
  const declared = DECLARATION.exec(bytes.toString('latin1', 0, 400))?.[1]?.toLowerCase() ?? 'utf-8';
  // What reads as single bytes is no UTF-16, whatever it claims; writers that kept the declaration of a string do so.
  if (declared === 'utf-8' || declared === 'utf8' || declared.startsWith('utf-16')) return 'utf-8';
  if (SINGLE_BYTE.has(declared)) return 'windows-1252';
  throw refusal(`The nuspec is written in the unknown encoding ${quoted(declared)}`);
}
