/** The entity of v2: stored fragments, completed at each read. */
import type { StoredVersion } from '@feedfleet/store';
import { escapeXml } from '@feedfleet/xml-text';
import type { EntityShape } from './entity-shape.ts';
import { fillEntry } from './entry-placeholder.ts';
import { ENTRY_FORMAT, renderEntry } from './entry.ts';
import { V2_PROPERTIES, isAbsoluteLatest, isLatest, publishedOf } from './package-property.ts';
import type { Viewpoint } from './package-property.ts';

const MAX_INT32 = 2_147_483_647;

export const V2_ENTITY: EntityShape = { properties: V2_PROPERTIES, entry: completeEntry };

function completeEntry(row: StoredVersion, base: string, viewpoint: Viewpoint): string {
  const isCurrent = row.fragmentFormat === ENTRY_FORMAT && row.fragment !== '';
  return fillEntry(isCurrent ? row.fragment : renderEntry(row.metadata, row), [
    '',
    base,
    String(isLatest(row, viewpoint)),
    String(isAbsoluteLatest(row, viewpoint)),
    int32(row.totalDownloads),
    int32(row.downloads),
    escapeXml(publishedOf(row)),
    escapeXml(row.lastEdited),
    String(row.listed),
  ]);
}

/** NuGet 2.x finds no package at all when a count does not fit. */
function int32(count: number): string {
  return String(Math.min(count, MAX_INT32));
}
