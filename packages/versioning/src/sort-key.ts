/**
 * A text for each version whose plain order by bytes is the order of versions, so that a database index can sort them.
 *
 * Each number is written as its digits behind their count, which makes longer numbers greater; each label ends with `!`,
 * which is less than everything that a label may hold; a stable version ends with `~`, which is greater than any label.
 */
import { numericLabel } from './nuget-version.ts';
import type { NuGetVersion } from './nuget-version.ts';

const STABLE = '~';
const END_OF_LABEL = '!';
const NUMBER = '0';
const WORD = '1';

/**
 * Equal for versions that compare equal; printable ASCII; at most a few characters longer than the version itself.
 *
 * @example versionSortKey(parseVersion('1.10.0-beta.2')) // '01' + '110' + '00' + '00' + '1beta!' + '00012!'
 */
export function versionSortKey(version: NuGetVersion): string {
  const numbers = [version.major, version.minor, version.patch, version.revision].map(numberKey).join('');
  return numbers + (version.labels.length === 0 ? STABLE : version.labels.map(labelKey).join(''));
}

/** A part has 1 to 10 digits, so that one character tells their count less one. */
function numberKey(part: number): string {
  const digits = String(part);
  return `${digits.length - 1}${digits}`;
}

function labelKey(label: string): string {
  const digits = numericLabel(label);
  const key =
    digits === undefined ? WORD + label.toLowerCase() : NUMBER + String(digits.length).padStart(3, '0') + digits;
  return key + END_OF_LABEL;
}
