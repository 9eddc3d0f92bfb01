/** Versions as v3 documents show them. */

/**
 * The normalized version with its build metadata.
 *
 * Source: NuGet server API, "Package metadata": "the full version string after normalization".
 *
 * @example
 * fullVersion({ version: '1.00+build.5', normalizedVersion: '1.0.0' }); // '1.0.0+build.5'
 */
export function fullVersion(version: { readonly version: string; readonly normalizedVersion: string }): string {
  const plus = version.version.indexOf('+');
  return plus === -1 ? version.normalizedVersion : version.normalizedVersion + version.version.slice(plus);
}
