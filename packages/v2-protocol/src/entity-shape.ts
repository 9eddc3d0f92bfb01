/**
 * What sets one generation of the protocol apart from another: how an entry of a package version is written, and what
 * filters and orders may name. Everything else (URLs, options, plans, pages, documents) is shared.
 */
import type { StoredVersion } from '@feedfleet/store';
import type { PropertyTable, Viewpoint } from './package-property.ts';

export interface EntityShape {
  /** What `$filter`, `$orderby` and `$select` may name. */
  readonly properties: PropertyTable;
  /**
   * A whole `<entry>`, whose namespaces (Atom, `d:`, `m:`) the document around it declares. It begins with exactly `<entry>`,
   * and its properties are flat `d:` elements in one `<m:properties>`.
   *
   * @param base - base URL of the service, escaped, without a slash at the end.
   */
  entry(row: StoredVersion, base: string, viewpoint: Viewpoint): string;
}
