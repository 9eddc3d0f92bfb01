/**
 * The entity of v1, written anew at each read: v1 is asked rarely, and its answers are kept like all others.
 *
 * Source: NuGetGallery, V1FeedPackage and its annotations; OData Atom format 2.0. Prefixes are exactly `d:` and `m:`, `content`
 * is self-closing, and there is neither a comment nor white space between elements: some clients read by literal names.
 */
import type { StoredVersion } from '@feedfleet/store';
import type { EntityShape } from '@feedfleet/v2-protocol';
import { escapeXml } from '@feedfleet/xml-text';
import { V1_FILTERABLE, V1_PROPERTIES, titleOf } from './v1-property.ts';

export const V1_ENTITY: EntityShape = { properties: V1_FILTERABLE, entry };

const CATEGORY =
  '<category term="Feedfleet.V1FeedPackage" scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"/>';

function entry(row: StoredVersion, base: string): string {
  const { metadata, lastEdited } = row;
  const segment = (text: string) => escapeXml(encodeURIComponent(text.toWellFormed()));
  const [id, version] = [segment(row.id), segment(row.normalizedVersion)];
  const resource = `${base}/Packages(Id='${id}',Version='${version}')`;
  return (
    `<entry><id>${resource}</id>${CATEGORY}<link rel="edit" title="V1FeedPackage" href="${resource}"/>` +
    `<title type="text">${escapeXml(titleOf(row))}</title>` +
    `<summary type="text">${escapeXml(metadata.summary)}</summary>` +
    `<updated>${escapeXml(lastEdited)}</updated><author><name>${escapeXml(metadata.authors)}</name></author>` +
    `<content type="application/zip" src="${base}/package/${id}/${version}"/>` +
    `<m:properties>${properties(row)}</m:properties></entry>`
  );
}

function properties(row: StoredVersion): string {
  const elements = V1_PROPERTIES.map(({ name, type, read }) => {
    const value = read(row);
    if (value === '') return `<d:${name} m:null="true"/>`;
    const typed = type === 'String' ? '' : ` m:type="Edm.${type}"`;
    return `<d:${name}${typed}>${escapeXml(value)}</d:${name}>`;
  });
  return elements.join('');
}
