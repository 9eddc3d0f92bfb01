/**
 * Parts of a rendered entry: its properties by name, for `$select` and for JSON, so that each is written in one place.
 *
 * Source: OData 2.0, "Atom Format" and "JSON Verbose Format".
 */

/** Property elements are flat, and their text is escaped: no `<` is in it. */
const PROPERTY = /<d:(\w+)((?: [^>]*?)?)(?:\/>|>([^<]*)<\/d:\1>)/g;
const TYPE = /m:type="Edm\.(\w+)"/;
const ID = /<id>([^<]*)<\/id>/;
const SOURCE = /<content type="([^"]*)" src="([^"]*)"\/>/;
const TERM = /<category term="([^"]*)"/;

/** The entry with the selected properties only. */
export function selectProperties(entry: string, names: ReadonlySet<string>): string {
  return entry.replace(PROPERTY, (element, name: string) => (names.has(name) ? element : ''));
}

type JsonValue = string | number | boolean | null;

/** The entry as an object of the verbose JSON format. */
export function entryObject(entry: string): Readonly<Record<string, unknown>> {
  const [, contentType = '', source = ''] = SOURCE.exec(entry) ?? [];
  const properties: Record<string, JsonValue> = {};
  for (const [, name = '', attributes = '', text] of entry.matchAll(PROPERTY)) {
    properties[name] = text === undefined ? null : valueOf(unescapeXml(text), TYPE.exec(attributes)?.[1]);
  }
  const uri = unescapeXml(ID.exec(entry)?.[1] ?? '');
  const media = { content_type: contentType, media_src: unescapeXml(source) };
  return { __metadata: { id: uri, uri, type: TERM.exec(entry)?.[1] ?? '', ...media }, ...properties };
}

/** An Int64 is text, because not every reader has such numbers; instants are milliseconds since 1970. */
function valueOf(text: string, type: string | undefined): JsonValue {
  switch (type) {
    case 'Boolean':
      return text === 'true';
    case 'Int32':
    case 'Double':
      return Number(text);
    case 'DateTime':
      return `/Date(${Date.parse(text.endsWith('Z') ? text : `${text}Z`)})/`;
    default:
      return text;
  }
}

const REFERENCES: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#xD;': '\r' },
};

function unescapeXml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#xD);/g, (reference) => REFERENCES[reference] ?? reference);
}
