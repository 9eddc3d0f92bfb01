/**
 * Entity tags and the preconditions that compare them.
 *
 * Source: RFC 9110, sections 8.8.3 "ETag", 13.1.2 "If-None-Match" and 13.1.5 "If-Range".
 */

/** Longer lists are not searched: the answer is then sent whole, which is always right. */
const MAX_LIST_CHARACTERS = 4096;

/** What an answer that depends on a feed's packages alone is known by. */
export interface RevisionTagParts {
  readonly feedId: string;
  readonly revision: number;
  /** Of an answer that does not change with the revision. */
  readonly entity?: string | undefined;
  /** Of the protocol that rendered it. */
  readonly format: string;
  /** Of `VariesBy.variantOf`; empty for the usual one. */
  readonly variant: string;
  readonly encoding: 'identity' | 'gzip';
}

/** Weak, because the numbers of downloads in the same revision may differ. */
export function revisionTag({ feedId, revision, entity, format, variant, encoding }: RevisionTagParts): string {
  const state = entity === undefined ? revision.toString(36) : `-${entity}`;
  const form = `${format}${variant === '' ? '' : `.${variant}`}${encoding === 'gzip' ? '.gz' : ''}`;
  return `W/"${feedId}.${state}.${form}"`;
}

/** Whether `If-None-Match` names the tag; compared weakly, so `W/` does not matter. */
export function matchesNone(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header === tag) return true;
  if (header.trim() === '*') return true;
  if (header.length > MAX_LIST_CHARACTERS) return false;
  const opaque = opaqueOf(tag);
  return header.split(',').some((element) => opaqueOf(element.trim()) === opaque);
}

/** Whether a range may be answered: without `If-Range`, or with exactly the strong tag. Dates never match: none is sent. */
export function allowsRange(ifRange: string | undefined, strongTag: string): boolean {
  return ifRange === undefined || ifRange.trim() === strongTag;
}

function opaqueOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
