/**
 * Text for XML 1.0 documents, escaped by hand because it is on the path of every push.
 *
 * Source: XML 1.0 (fifth edition), section 2.2, production [2] Char: everything else is dropped, since no parser takes it.
 */

/** Control characters, lone surrogates and the two non-characters that XML 1.0 does not allow. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;
const SPECIAL = /[&<>"\r]/g;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A bare carriage return would be read back as a line feed (section 2.11).
  '\r': '&#xD;',
};

/** Fit for element content and for attribute values in double quotes, in XML and in HTML. */
export function escapeXml(text: string): string {
  return text.replace(NOT_XML, '').replace(SPECIAL, (character) => REFERENCES[character] ?? character);
}
