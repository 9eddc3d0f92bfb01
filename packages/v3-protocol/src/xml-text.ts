/**
 * Text for XML 1.0 documents.
 *
 * Source: XML 1.0 (fifth edition), section 2.2, production [2] Char: everything else is dropped, since no parser takes it.
 */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;
const REFERENCES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Fit for element content and for attribute values in double quotes, in XML and in HTML. */
export function escapeXml(text: string): string {
  return text.replace(NOT_XML, '').replace(/[&<>"]/g, (character) => REFERENCES[character] ?? character);
}
