/**
 * Why a package was not taken. The reason becomes the HTTP reason phrase, which is all that NuGet clients print, so it is
 * one short sentence that names the fault; the detail may say more.
 */
import { ProblemError } from '@feedfleet/problems';

const MAX_QUOTED_CHARACTERS = 60;

export function refusal(
  reason: string,
  options: { readonly detail?: string; readonly cause?: unknown } = {},
): ProblemError {
  return new ProblemError('invalidPackage', { detail: options.detail ?? reason, reason, cause: options.cause });
}

/** What the package holds, fit for a status line: printable ASCII, bounded, in quotes. */
export function quoted(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return `'${printable.length > MAX_QUOTED_CHARACTERS ? `${printable.slice(0, MAX_QUOTED_CHARACTERS)}...` : printable}'`;
}
