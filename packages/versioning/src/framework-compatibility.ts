/**
 * Whether a project of one target framework may take what a package has for another.
 *
 * In doubt, yes: the client decides in the end, and a package that it is not shown it cannot take. So platforms (`net8.0-windows`),
 * profiles and everything whose rules are not known here count as compatible.
 *
 * Source: NuGet.Frameworks, DefaultFrameworkMappings and CompatibilityProvider; .NET documentation, ".NET Standard", table ".NET
 * implementation support". Modern .NET takes packages for .NET Framework, too, as `AssetTargetFallback` does.
 */
import { shortFrameworkName } from './framework-name.ts';

type Version = readonly number[];

interface Framework {
  readonly name: string;
  readonly version: Version;
}

/** What a project may take beside its own framework up to its own version: the newest version of another one. */
interface Grant {
  /** Of the project, from this version on. */
  readonly from: string;
  readonly name: string;
  readonly upTo: string;
}

const ANY_VERSION = '9999';
const SINCE_EVER = '0';

/** The frameworks of projects whose rules are known. Everything else is compatible with everything. */
const GRANTS: ReadonlyMap<string, readonly Grant[]> = new Map(
  Object.entries<readonly Grant[]>({
    net: [
      { from: '4.5', name: 'netstandard', upTo: '1.1' },
      { from: '4.5.1', name: 'netstandard', upTo: '1.2' },
      { from: '4.6', name: 'netstandard', upTo: '1.3' },
      { from: '4.6.1', name: 'netstandard', upTo: '2.0' },
    ],
    netcoreapp: [
      { from: SINCE_EVER, name: 'net', upTo: ANY_VERSION },
      { from: '1.0', name: 'netstandard', upTo: '1.6' },
      { from: '1.1', name: 'netstandard', upTo: '1.7' },
      { from: '2.0', name: 'netstandard', upTo: '2.0' },
      { from: '3.0', name: 'netstandard', upTo: '2.1' },
    ],
    netstandard: [{ from: SINCE_EVER, name: 'net', upTo: ANY_VERSION }],
    sl: [],
    wp: [
      { from: '8.0', name: 'netstandard', upTo: '1.0' },
      { from: SINCE_EVER, name: 'sl', upTo: ANY_VERSION },
    ],
    win: [
      { from: '8.0', name: 'netstandard', upTo: '1.1' },
      { from: '8.1', name: 'netstandard', upTo: '1.2' },
    ],
    wpa: [{ from: SINCE_EVER, name: 'netstandard', upTo: '1.2' }],
    uap: [
      { from: SINCE_EVER, name: 'netstandard', upTo: '2.0' },
      { from: SINCE_EVER, name: 'win', upTo: '8.1' },
      { from: SINCE_EVER, name: 'wpa', upTo: '8.1' },
    ],
  }),
);

/** Frameworks whose packages no project of a framework in `GRANTS` takes. */
const FOREIGN: ReadonlySet<string> = new Set([
  ...['monoandroid', 'monotouch', 'monomac', 'xamarinios', 'xamarinmac', 'xamarintvos', 'xamarinwatchos'],
  ...['tizen', 'netmf', 'netnano', 'native'],
]);

/**
 * @param project - a framework, by any of its names.
 * @param supported - of the package, by any of its names; `any` for all.
 * @example isFrameworkCompatible('net45', 'net40') // true
 */
export function isFrameworkCompatible(project: string, supported: string): boolean {
  const target = parseFramework(shortFrameworkName(project));
  const grants = target === undefined ? undefined : GRANTS.get(target.name);
  if (target === undefined || grants === undefined) return true;
  return partsOf(shortFrameworkName(supported)).some((part) => takes(target, grants, part));
}

function takes(target: Framework, grants: readonly Grant[], text: string): boolean {
  const part = parseFramework(text);
  if (part === undefined) return true;
  if (!GRANTS.has(part.name)) return !FOREIGN.has(part.name);
  if (part.name === target.name) return compare(part.version, target.version) <= 0;
  return grants.some(
    ({ from, name, upTo }) =>
      name === part.name && compare(target.version, numbers(from)) >= 0 && compare(part.version, numbers(upTo)) <= 0,
  );
}

/** The frameworks that a portable library runs on: each by itself is enough. */
function partsOf(supported: string): readonly string[] {
  return supported.startsWith('portable-') ? supported.slice('portable-'.length).split('+') : [supported];
}

const SHORT_NAME = /^([a-z]+)(\d{1,6}|\d{1,6}(?:\.\d{1,6}){1,3})?(?:-.*)?$/;
const COMPACT = /-(?:cf|compactframework)$/;
/** What Windows Store apps were called before, by version. */
const STORE_APPS: ReadonlyMap<string, Version> = new Map([
  ['netcore', [8]],
  ['netcore45', [8]],
  ['netcore451', [8, 1]],
]);

function parseFramework(text: string): Framework | undefined {
  const short = text.toLowerCase();
  const store = STORE_APPS.get(short);
  if (store !== undefined) return { name: 'win', version: store };
  const [, name, digits = ''] = SHORT_NAME.exec(short) ?? [];
  if (name === undefined || COMPACT.test(short)) return undefined;
  const version = digits.includes('.') ? numbers(digits) : Array.from(digits, Number);
  // From version 5 on, plain ".NET" is what .NET Core was.
  return { name: name === 'net' && (version[0] ?? 0) >= 5 ? 'netcoreapp' : name, version };
}

function numbers(version: string): Version {
  return version.split('.').map(Number);
}

function compare(left: Version, right: Version): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = (left[index] ?? 0) - (right[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
