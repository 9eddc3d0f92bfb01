/**
 * Packages for tests: well-formed ones by default, broken in one chosen place on request.
 *
 * Writes the zip format itself, because no zip library writes the broken ones.
 */
import { crc32, deflateRawSync } from 'node:zlib';

interface BuiltDependency {
  readonly id: string;
  readonly version?: string;
}

export interface PackageOptions {
  readonly id?: string;
  readonly version?: string;
  readonly authors?: string;
  readonly description?: string;
  /** By framework; the empty text is the group of any framework. */
  readonly dependencies?: Readonly<Record<string, readonly BuiltDependency[]>>;
  /** Further elements of the nuspec's metadata, as XML. */
  readonly metadataXml?: string;
  /** Files beside the nuspec; a DLL by default. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Instead of the nuspec that would be made. */
  readonly nuspec?: string | Buffer;
  readonly nuspecName?: string;
}

export interface ZipEntryOptions {
  readonly name: string;
  readonly content: string | Buffer;
  /** Another name in the local header than in the central directory. */
  readonly localName?: string;
  /** Instead of the true one, in both headers. */
  readonly uncompressedBytes?: number;
  readonly crc?: number;
  readonly flags?: number;
  /** What the headers say; the content is deflated for 8 and stored otherwise. Default 8. */
  readonly method?: number;
  /** When it was last changed, as a year; default 2026. */
  readonly year?: number;
}

const NUSPEC_NAMESPACE = 'http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd';
const UTF8_NAMES = 0x800;
/** The first day of the year 2026, so that the same package has the same bytes. */
const YEAR = 2026;

/** Open Packaging Conventions: without these two parts nuget.exe before 3 finds no manifest. */
const CONTENT_TYPES = `<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${[
  'rels" ContentType="application/vnd.openxmlformats-package.relationships+xml',
  'nuspec" ContentType="application/octet',
  'dll" ContentType="application/octet',
]
  .map((type) => `<Default Extension="${type}"/>`)
  .join('')}</Types>`;

function relationshipsOf(nuspecName: string): string {
  const type = 'http://schemas.microsoft.com/packaging/2010/07/manifest';
  return `<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="${type}" Target="/${nuspecName}" Id="R1"/></Relationships>`;
}

/** The bytes of a package. */
export function buildPackage(options: PackageOptions = {}): Buffer {
  const id = options.id ?? 'Sample';
  return buildZip([
    { name: '_rels/.rels', content: relationshipsOf(options.nuspecName ?? `${id}.nuspec`) },
    { name: options.nuspecName ?? `${id}.nuspec`, content: options.nuspec ?? buildNuspec(options) },
    { name: '[Content_Types].xml', content: CONTENT_TYPES },
    ...Object.entries(options.files ?? { [`lib/netstandard2.0/${id}.dll`]: `assembly of ${id}` }).map(
      ([name, content]) => ({ name, content }),
    ),
  ]);
}

/** The bytes of a `.snupkg`, as `dotnet pack` makes it: its nuspec names no authors. */
export function buildSymbolsPackage(
  options: Pick<PackageOptions, 'id' | 'version'> & Required<Pick<PackageOptions, 'files'>>,
): Buffer {
  return buildPackage({ ...options, nuspec: buildSymbolsNuspec(options) });
}

function buildSymbolsNuspec({ id = 'Sample', version = '1.0.0' }: Pick<PackageOptions, 'id' | 'version'>): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><package xmlns="${NUSPEC_NAMESPACE}"><metadata><id>${id}</id>` +
    `<version>${version}</version><description>Symbols.</description><packageTypes>` +
    '<packageType name="SymbolsPackage" /></packageTypes></metadata></package>'
  );
}

export function buildNuspec(options: PackageOptions = {}): string {
  const { id = 'Sample', version = '1.0.0', authors = 'Somebody', description = 'A sample.' } = options;
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<package xmlns="${NUSPEC_NAMESPACE}">`,
    '  <metadata>',
    `    <id>${id}</id>`,
    `    <version>${version}</version>`,
    `    <authors>${authors}</authors>`,
    `    <description>${description}</description>`,
    dependenciesXml(options.dependencies ?? {}),
    options.metadataXml ?? '',
    '  </metadata>',
    '</package>',
  ].join('\n');
}

function dependenciesXml(groups: Readonly<Record<string, readonly BuiltDependency[]>>): string {
  const entries = Object.entries(groups);
  if (entries.length === 0) return '';
  const xml = entries.map(([framework, dependencies]) => {
    const items = dependencies.map(
      ({ id, version }) => `<dependency id="${id}"${version === undefined ? '' : ` version="${version}"`} />`,
    );
    return `<group${framework === '' ? '' : ` targetFramework="${framework}"`}>${items.join('')}</group>`;
  });
  return `<dependencies>${xml.join('')}</dependencies>`;
}

/** The bytes of a zip file, whatever its entries claim. */
export function buildZip(entries: readonly ZipEntryOptions[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = zipEntry(entry, offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function zipEntry(entry: ZipEntryOptions, offset: number): { readonly local: Buffer; readonly central: Buffer } {
  const content = Buffer.from(entry.content as string);
  const method = entry.method ?? 8;
  const packed = method === 8 ? deflateRawSync(content) : content;
  const name = Buffer.from(entry.name);
  const localName = Buffer.from(entry.localName ?? entry.name);
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(entry.flags ?? UTF8_NAMES, 2);
  shared.writeUInt16LE(method, 4);
  shared.writeUInt16LE((((entry.year ?? YEAR) - 1980) << 9) | (1 << 5) | 1, 8);
  shared.writeUInt32LE(entry.crc ?? crc32(content), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(entry.uncompressedBytes ?? content.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const localShared = Buffer.from(shared);
  localShared.writeUInt16LE(localName.length, 22);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(offset, 10);
  return {
    local: Buffer.concat([uint32(0x04034b50), localShared, localName, packed]),
    central: Buffer.concat([uint32(0x02014b50), uint16(20), shared, tail, name]),
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
