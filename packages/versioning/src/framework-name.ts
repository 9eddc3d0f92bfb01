/**
 * Target frameworks by their short folder names: `.NETFramework4.5` is `net45`.
 *
 * Nuspecs carry long names (`.NETFramework4.5`), full ones (`.NETFramework,Version=v4.5`) or short ones (`net45`), and the
 * protocols answer short ones.
 *
 * Source: NuGet documentation, "Target frameworks", table "Supported frameworks"; for portable profiles, "Portable class
 * library profiles" as Stephen Cleary lists them.
 */

/** Long identifiers in lower case, and how a version is appended to the short one. */
const IDENTIFIERS: ReadonlyMap<string, { readonly short: string; readonly style: 'joined' | 'dotted' | 'single' }> =
  new Map([
    ['.netframework', { short: 'net', style: 'joined' }],
    ['.netstandard', { short: 'netstandard', style: 'dotted' }],
    ['.netstandardapp', { short: 'netstandardapp', style: 'dotted' }],
    ['.netcoreapp', { short: 'netcoreapp', style: 'dotted' }],
    ['.netplatform', { short: 'dotnet', style: 'joined' }],
    ['.netcore', { short: 'netcore', style: 'joined' }],
    ['.netmicroframework', { short: 'netmf', style: 'joined' }],
    ['.netnanoframework', { short: 'netnano', style: 'dotted' }],
    ['asp.net', { short: 'aspnet', style: 'joined' }],
    ['asp.netcore', { short: 'aspnetcore', style: 'joined' }],
    ['dnx', { short: 'dnx', style: 'joined' }],
    ['dnxcore', { short: 'dnxcore', style: 'joined' }],
    ['monoandroid', { short: 'monoandroid', style: 'joined' }],
    ['monotouch', { short: 'monotouch', style: 'joined' }],
    ['monomac', { short: 'monomac', style: 'joined' }],
    ['native', { short: 'native', style: 'joined' }],
    ['silverlight', { short: 'sl', style: 'single' }],
    ['tizen', { short: 'tizen', style: 'joined' }],
    ['uap', { short: 'uap', style: 'joined' }],
    ['windows', { short: 'win', style: 'single' }],
    ['windowsphone', { short: 'wp', style: 'single' }],
    ['windowsphoneapp', { short: 'wpa', style: 'joined' }],
    ['xamarin.ios', { short: 'xamarinios', style: 'joined' }],
    ['xamarin.mac', { short: 'xamarinmac', style: 'joined' }],
    ['xamarin.tvos', { short: 'xamarintvos', style: 'joined' }],
    ['xamarin.watchos', { short: 'xamarinwatchos', style: 'joined' }],
  ]);

/** The profiles that packages use in practice. */
const PORTABLE_PROFILES: ReadonlyMap<string, string> = new Map([
  ['profile5', 'net40+win8'],
  ['profile7', 'net45+win8'],
  ['profile14', 'net40+sl5'],
  ['profile24', 'net45+sl5'],
  ['profile31', 'win81+wp81'],
  ['profile32', 'win81+wpa81'],
  ['profile44', 'net451+win81'],
  ['profile47', 'net45+sl5+win8'],
  ['profile49', 'net45+wp8'],
  ['profile78', 'net45+win8+wp8'],
  ['profile84', 'wp81+wpa81'],
  ['profile104', 'net45+sl4+win8+wp75'],
  ['profile111', 'net45+win8+wpa81'],
  ['profile136', 'net40+sl5+win8+wp8'],
  ['profile147', 'net403+sl5+win8+wp8'],
  ['profile151', 'net451+win81+wpa81'],
  ['profile157', 'win81+wp81+wpa81'],
  ['profile158', 'net45+sl5+win8+wp8'],
  ['profile259', 'net45+win8+wp8+wpa81'],
  ['profile328', 'net40+sl5+win8+wp8+wpa81'],
  ['profile344', 'net45+sl5+win8+wp8+wpa81'],
]);

const LONG_NAME = /^(\.?[a-z][a-z.]*?)(?:,?\s*version=)?v?(\d+(?:\.\d+){0,3})(?:(?:-|,\s*profile=)([a-z0-9+._-]+))?$/i;
const SHORT_NAME = /^(?:[a-z]+\d+[a-z0-9.+-]*|portable-[a-z0-9.+-]+)$/i;
/** `monoandroid10` is short for version 1.0, whereas `MonoAndroid10.0` is the long name of version 10. */
const JOINED_SHORT_NAME = /^[a-z]+\d+(?:-[a-z0-9.+-]+)?$/i;

/**
 * The short folder name of a framework; what is not known is returned as it was written.
 *
 * @example shortFrameworkName('.NETFramework4.0-Client') // 'net40-client'
 */
export function shortFrameworkName(text: string): string {
  const trimmed = text.trim();
  if (JOINED_SHORT_NAME.test(trimmed)) return trimmed.toLowerCase();
  const match = LONG_NAME.exec(trimmed);
  const identifier = (match?.[1] ?? '').toLowerCase();
  const version = match?.[2] ?? '0';
  const profile = (match?.[3] ?? '').toLowerCase();
  if (identifier === '.netportable') return portableName(profile);
  const known = IDENTIFIERS.get(identifier);
  if (known === undefined) return SHORT_NAME.test(trimmed) ? trimmed.toLowerCase() : trimmed;
  const parts = significantParts(version);
  // From version 5 on, .NET Core is plain ".NET".
  const short = identifier === '.netcoreapp' && (parts[0] ?? 0) >= 5 ? 'net' : known.short;
  const name = short + versionText({ parts, style: known.style, identifier });
  return profile === '' || profile === 'full' ? name : `${name}-${profile}`;
}

function portableName(profile: string): string {
  const frameworks = PORTABLE_PROFILES.get(profile) ?? profile;
  return frameworks === '' ? 'portable' : `portable-${frameworks}`;
}

/** Without the zeros at the end. */
function significantParts(version: string): readonly number[] {
  const parts = version.split('.').map(Number);
  while (parts.at(-1) === 0) parts.pop();
  return parts;
}

function versionText(given: {
  readonly parts: readonly number[];
  readonly style: 'joined' | 'dotted' | 'single';
  readonly identifier: string;
}): string {
  const { parts, style, identifier } = given;
  // Version 0.0 stands for "any version"; .NETPlatform5.0 has always been plain "dotnet".
  if (parts.length === 0 || (identifier === '.netplatform' && parts.length === 1 && parts[0] === 5)) return '';
  const written = parts.length === 1 && style !== 'single' ? [...parts, 0] : parts;
  const dotted = style === 'dotted' || written.some((part) => part > 9);
  return (dotted && written.length === 1 ? [...written, 0] : written).join(dotted ? '.' : '');
}
