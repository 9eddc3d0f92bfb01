/**
 * URLs of a v2 source.
 *
 * Source: OData 2.0, "URI conventions", and the queries of NuGet.Client (`V2FeedQueryBuilder`).
 */
export class V2Links {
  readonly #base: string;
  readonly #origin: string;

  /** @param url - base URL of the source. */
  constructor(url: string) {
    const base = new URL(url);
    this.#base = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
    this.#origin = base.origin;
  }

  get base(): string {
    return this.#base;
  }

  query(resource: string, options: Readonly<Record<string, string>>): string {
    const query = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `${this.#base}/${resource}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  }

  versionsOf(id: string): string {
    return this.query('FindPackagesById()', { id: literal(id), semVerLevel: '2.0.0' });
  }

  version(id: string, version: string): string {
    return this.query(
      `Packages(Id=${encodeURIComponent(literal(id))},Version=${encodeURIComponent(literal(version))})`,
      {},
    );
  }

  /** The page that a next link leads to; undefined when it leads away from the source. */
  next(written: string, from: string): string | undefined {
    if (!URL.canParse(written, from)) return undefined;
    const url = new URL(written, from);
    return url.origin === this.#origin && url.username === '' && url.password === '' ? url.href : undefined;
  }
}

/** A text as OData writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
