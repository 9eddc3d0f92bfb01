/**
 * NuGet versions: one to four numeric parts, pre-release labels and build metadata.
 *
 * Source: NuGet documentation, "Package versioning", sections "Version basics", "Pre-release versions" and "Normalized
 * version numbers"; SemVer 2.0.0, section 11 (precedence).
 * Differs from NuGet.Versioning: a numeric label beyond 32 bits is compared as a number, as SemVer says, not as text.
 */

export interface NuGetVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The fourth part, which SemVer does not have; 0 when it is not written. */
  readonly revision: number;
  /** Pre-release labels in the case as written; empty for a stable version. */
  readonly labels: readonly string[];
  /** Build metadata without `+`; null when there is none. It never takes part in comparisons. */
  readonly metadata: string | null;
  /** As it was written, without surrounding blanks. */
  readonly original: string;
}

const MAX_VERSION_CHARACTERS = 256;
const MAX_PART = 2_147_483_647;
const VERSION =
  /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;
/** NuGet.Versioning takes no such version, and a client that meets one in a list gives up on the whole package id. */
const NUMBER_WITH_LEADING_ZERO = /^0\d+$/;

/**
 * Reads a version in any form that clients send: `1.0`, `1.0.0.0`, `01.2.3-Beta.1+build`.
 *
 * @returns undefined when `text` is no version, when a part does not fit a signed 32-bit integer, or when a numeric label has
 *   leading zeros (SemVer 2.0.0, section 9).
 */
export function parseVersion(text: string): NuGetVersion | undefined {
  const original = text.trim();
  if (original.length > MAX_VERSION_CHARACTERS) return undefined;
  const match = VERSION.exec(original);
  if (match === null) return undefined;
  const [, first, second, third, fourth, labels, metadata] = match;
  const parts = [first, second, third, fourth].map((part) => Number(part ?? 0));
  if (parts.some((part) => part > MAX_PART)) return undefined;
  const [major = 0, minor = 0, patch = 0, revision = 0] = parts;
  const words = labels?.split('.') ?? [];
  if (words.some((word) => NUMBER_WITH_LEADING_ZERO.test(word))) return undefined;
  return { major, minor, patch, revision, labels: words, metadata: metadata ?? null, original };
}

/**
 * The form under which a version is known on the wire: no leading zeros, no fourth part that is zero, no build metadata.
 *
 * @example normalizeVersion(parseVersion('1.00.0.0-RC+5')) // '1.0.0-RC'
 */
export function normalizeVersion(version: NuGetVersion): string {
  const { major, minor, patch, revision, labels } = version;
  const numbers = `${major}.${minor}.${patch}${revision === 0 ? '' : `.${revision}`}`;
  return labels.length === 0 ? numbers : `${numbers}-${labels.join('.')}`;
}

export function isPrerelease(version: NuGetVersion): boolean {
  return version.labels.length > 0;
}

/** Whether clients older than NuGet 4.3 cannot read the version: several labels, or build metadata. */
export function isSemVer2(version: NuGetVersion): boolean {
  return version.labels.length > 1 || version.metadata !== null;
}

/**
 * NuGet's order: the four numbers, then labels without case (numeric ones as numbers and before words); build metadata
 * counts for nothing.
 *
 * @returns negative, 0 or positive, as `Array.prototype.sort` wants it.
 */
export function compareVersions(left: NuGetVersion, right: NuGetVersion): number {
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    left.patch - right.patch ||
    left.revision - right.revision ||
    compareLabels(left.labels, right.labels)
  );
}

function compareLabels(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  for (const [index, label] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareLabel(label, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareLabel(left: string, right: string): number {
  const leftDigits = numericLabel(left);
  const rightDigits = numericLabel(right);
  if (leftDigits !== undefined && rightDigits !== undefined) {
    return leftDigits.length - rightDigits.length || compareText(leftDigits, rightDigits);
  }
  if (leftDigits !== undefined) return -1;
  if (rightDigits !== undefined) return 1;
  return compareText(left.toLowerCase(), right.toLowerCase());
}

/** The label if it is a number, which has no leading zeros; undefined for a word. */
export function numericLabel(label: string): string | undefined {
  return /^\d+$/.test(label) ? label : undefined;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
