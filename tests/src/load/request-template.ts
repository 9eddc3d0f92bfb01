/** Requests of a recording with everything left open that another server has otherwise: addresses, ids, versions, terms. */
import type { Relayed } from '../support/recording-relay.ts';

export interface RecordedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** By which a server may tell clients apart, and what an answer looks like. */
const KEPT_HEADERS: ReadonlySet<string> = new Set([
  ...['user-agent', 'accept', 'accept-encoding', 'accept-charset', 'accept-language'],
  ...['dataserviceversion', 'maxdataserviceversion', 'nuget-operation', 'x-nuget-protocol-version'],
]);

interface ServiceIndex {
  readonly resources: readonly { readonly '@id': string; readonly '@type': string }[];
}

export class Template {
  /** Addresses by what they are called in a template, the longest first. */
  readonly #addresses: readonly (readonly [string, string])[];
  /** The longest first, so that none is taken for a part of another. */
  readonly #ids: readonly string[];

  private constructor(addresses: readonly (readonly [string, string])[], ids: readonly string[]) {
    this.#addresses = addresses.toSorted(([left], [right]) => right.length - left.length);
    this.#ids = ids.toSorted((left, right) => right.length - left.length);
  }

  /** @param feed - its URL, without a slash at the end. */
  static async of(feed: string, ids: readonly string[]): Promise<Template> {
    const index = `${feed}/api/v3/index.json`;
    const { resources } = (await (await fetch(index)).json()) as ServiceIndex;
    const all = (prefix: string, name: string): readonly (readonly [string, string])[] =>
      resources.filter((each) => each['@type'].startsWith(prefix)).map((each) => [each['@id'], `{${name}}`]);
    return new Template(
      [
        [index, '{index}'],
        ...all('PackageBaseAddress', 'content'),
        ...all('RegistrationsBaseUrl', 'registration'),
        ...all('SearchQueryService', 'search'),
        ...all('SearchAutocompleteService', 'autocomplete'),
        ...all('VulnerabilityInfo', 'vulnerabilities'),
        [`${feed}/api/v2`, '{v2Api}'],
        [feed, '{v2}'],
      ],
      ids,
    );
  }

  /** @param origin - of the relay, without a slash at the end. */
  requestsOf(relayed: readonly Relayed[], origin: string): readonly RecordedRequest[] {
    const slots = new Map<string, number>();
    return relayed.map(({ path, rawHeaders }) => ({
      url: this.#opened(origin + path, slots),
      headers: keptHeaders(rawHeaders),
    }));
  }

  #opened(url: string, slots: Map<string, number>): string {
    const [address, name] = this.#addresses.find(([each]) => url.startsWith(each)) ?? ['', ''];
    let rest = decoded(url.slice(address.length));
    for (const id of this.#ids) {
      if (!rest.toLowerCase().includes(id.toLowerCase())) continue;
      const slot = slots.get(id) ?? slots.size;
      slots.set(id, slot);
      if (/\.nupkg$/i.test(rest)) return `{${slot}.download}`;
      if (/\/package\/[^/]+\/[^/]+$/i.test(rest)) return `{${slot}.v2Download}`;
      rest = rest
        .replaceAll(id, `{${slot}.id}`)
        .replaceAll(id.toLowerCase(), `{${slot}.lowerId}`)
        .replace(/(['/])\d+\.\d+\.\d+/g, `$1{${slot}.version}`);
    }
    return name + rest.replace(/([?&]q=|searchTerm=')rec\b/, '$1{0.term}');
  }
}

/** As people write it; what a URL cannot hold is left as it is. */
function decoded(text: string): string {
  return text.replace(/%(27|28|29|24|2C)/gi, (escape) => decodeURIComponent(escape));
}

function keptHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  const pairs = raw.flatMap((name, place): readonly (readonly [string, string])[] =>
    place % 2 === 0 && KEPT_HEADERS.has(name.toLowerCase())
      ? [[name.toLowerCase(), withoutMachine(raw[place + 1] ?? '')]]
      : [],
  );
  return Object.fromEntries(pairs);
}

/** A client tells of the system that it runs on. */
function withoutMachine(value: string): string {
  return value.replace(/\s*\((?:[^()]|\([^()]*\))*\)\s*$/, ' (Linux)');
}
