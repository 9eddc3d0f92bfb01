/**
 * The package sources of a `nuget.config`, as NuGet's own clients read them.
 *
 * Source: NuGet, "nuget.config reference" (packageSources, packageSourceCredentials, disabledPackageSources, packageSourceMapping),
 * "Using environment variables"; .NET, `XmlConvert.EncodeLocalName` (`_x0020_` in names of elements).
 */
import { ProblemError } from '@feedfleet/problems';

interface ConfiguredCredential {
  readonly userName: string;
  readonly password: string | undefined;
  /** Whether there is a password that only its own Windows user can decrypt. */
  readonly isEncrypted: boolean;
}

export interface ConfiguredSource {
  readonly key: string;
  /** A URL, or the path of a folder. Variables are not replaced yet. */
  readonly value: string;
  readonly protocolVersion: string | undefined;
  readonly isDisabled: boolean;
  readonly credential: ConfiguredCredential | undefined;
  /** Of the package source mapping; `undefined` when there is none for any source. */
  readonly patterns: readonly string[] | undefined;
}

const MAX_CHARACTERS = 1024 ** 2;
const MAX_SOURCES = 1000;

interface Element {
  /** Names from the root down, in lower case but for the last one. */
  readonly path: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

const ENCODED = /_x([0-9A-Fa-f]{4})_/g;
const decodedName = (name: string): string =>
  name.replace(ENCODED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

function refuse(detail: string): never {
  throw new ProblemError('usage', { detail });
}

/** Start tags in their order. */
async function elementsOf(text: string): Promise<readonly Element[]> {
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  const elements: Element[] = [];
  const open: string[] = [];
  parser.on('error', (error) => refuse(`it is no XML: ${error.message.slice(0, 200)}`));
  parser.on('doctype', () => refuse('it has a document type, which no nuget.config has'));
  parser.on('opentag', ({ name, attributes }) => {
    elements.push({ path: [...open.map((each) => each.toLowerCase()), name], attributes });
    open.push(name);
  });
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  return elements;
}

function attributeOf({ attributes }: Element, name: string): string | undefined {
  const found = Object.entries(attributes).find(([each]) => each.toLowerCase() === name.toLowerCase());
  return found?.[1];
}

/** What `add`, `remove` and `clear` of a section leave, by key without case; later ones win. */
class Section {
  readonly entries = new Map<string, Element & { readonly key: string; readonly value: string }>();

  take(element: Element): void {
    const verb = element.path.at(-1)?.toLowerCase();
    const key = attributeOf(element, 'key') ?? '';
    if (verb === 'clear') this.entries.clear();
    if (verb === 'remove') this.entries.delete(key.toLowerCase());
    if (verb !== 'add' || key === '') return;
    this.entries.set(key.toLowerCase(), { ...element, key, value: attributeOf(element, 'value') ?? '' });
  }

  valueOf(key: string): string | undefined {
    return this.entries.get(key.toLowerCase())?.value;
  }
}

class Sections {
  readonly sources = new Section();
  readonly disabled = new Section();
  readonly credentials = new Map<string, Section>();
  readonly patterns = new Map<string, string[]>();
  #mapped = '';

  take(element: Element): void {
    const [root, section = '', third = ''] = element.path;
    if (root?.toLowerCase() !== 'configuration') return;
    const depth = element.path.length;
    switch (section.toLowerCase()) {
      case 'packagesources':
        if (depth === 3) this.sources.take(element);
        return;
      case 'disabledpackagesources':
        if (depth === 3) this.disabled.take(element);
        return;
      case 'packagesourcecredentials':
        this.#takeCredential(element, third);
        return;
      case 'packagesourcemapping':
        this.#takeMapping(element);
    }
  }

  #takeCredential(element: Element, name: string): void {
    const depth = element.path.length;
    if (depth === 3 && name.toLowerCase() === 'clear') this.credentials.clear();
    if (depth !== 4) return;
    const key = decodedName(name).toLowerCase();
    const section = this.credentials.get(key) ?? new Section();
    this.credentials.set(key, section);
    section.take(element);
  }

  #takeMapping(element: Element): void {
    const verb = element.path.at(-1)?.toLowerCase();
    if (element.path.length === 3) {
      if (verb === 'clear') this.patterns.clear();
      if (verb === 'packagesource') this.#mapped = (attributeOf(element, 'key') ?? '').toLowerCase();
    }
    const pattern = attributeOf(element, 'pattern');
    if (element.path.length !== 4 || verb !== 'package' || pattern === undefined) return;
    this.patterns.set(this.#mapped, [...(this.patterns.get(this.#mapped) ?? []), pattern]);
  }

  credentialOf(key: string): ConfiguredCredential | undefined {
    const section = this.credentials.get(key.toLowerCase());
    if (section === undefined) return undefined;
    const password = section.valueOf('ClearTextPassword');
    const isEncrypted = password === undefined && section.valueOf('Password') !== undefined;
    return { userName: section.valueOf('Username') ?? '', password, isEncrypted };
  }
}

/**
 * Reads one file; what further files of NuGet's own hierarchy say is not looked for.
 *
 * @throws {ProblemError} `FF_USAGE` when it is no nuget.config.
 */
export async function readNugetConfig(text: string): Promise<readonly ConfiguredSource[]> {
  if (text.length > MAX_CHARACTERS) refuse(`it has more than ${MAX_CHARACTERS} characters`);
  const elements = await elementsOf(text.replace(/^\uFEFF/, ''));
  if (elements[0]?.path[0]?.toLowerCase() !== 'configuration') refuse('it has no element configuration');
  const sections = new Sections();
  for (const element of elements) sections.take(element);
  const { sources, disabled, patterns } = sections;
  if (sources.entries.size > MAX_SOURCES) refuse(`it has more than ${MAX_SOURCES} sources`);
  return [...sources.entries.values()].map((element) => ({
    key: element.key,
    value: element.value,
    protocolVersion: attributeOf(element, 'protocolVersion'),
    isDisabled: disabled.valueOf(element.key)?.toLowerCase() === 'true',
    credential: sections.credentialOf(element.key),
    patterns: patterns.size === 0 ? undefined : (patterns.get(element.key.toLowerCase()) ?? []),
  }));
}
