/**
 * What an owner says of versions, as at the public gallery: no reason at all takes a deprecation back.
 *
 * Source: NuGetGallery, `ApiController.DeprecatePackage` and `PackageDeprecationManagementService`.
 * Differs from it: `versions` may be "all"; `alternatePackageVersion` may be a range; what the gallery does not know is refused.
 */
import { isPackageId } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import type { Deprecation, DeprecationReason } from '@feedfleet/store';
import { formatRange, normalizeVersion, parseRange, parseVersion } from '@feedfleet/versioning';
import { z } from 'zod';

const MAX_VERSIONS = 10_000;
const MAX_MESSAGE_CHARACTERS = 1000;

/** Clients write null for what they leave out. */
const text = z
  .string()
  .trim()
  .nullish()
  .transform((given) => given ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((given) => given ?? false);

const versionSchema = z.string().transform((given, context) => {
  const version = parseVersion(given);
  if (version !== undefined) return normalizeVersion(version);
  context.addIssue({ code: 'custom', message: `expected a version, got ${JSON.stringify(given.slice(0, 80))}` });
  return z.NEVER;
});

const bodySchema = z.strictObject({
  versions: z
    .array(versionSchema, { error: `expected "all" or an array of 1 to ${MAX_VERSIONS} versions` })
    .min(1)
    .max(MAX_VERSIONS),
  isLegacy: flag,
  hasCriticalBugs: flag,
  isOther: flag,
  alternatePackageId: text.refine((id) => id === '' || isPackageId(id), 'expected a package id'),
  alternatePackageVersion: text.refine((range) => parseRange(range) !== undefined, 'expected a version or a range'),
  message: text.refine((given) => given.length <= MAX_MESSAGE_CHARACTERS, {
    error: `expected at most ${MAX_MESSAGE_CHARACTERS} characters`,
  }),
  listedVerb: z
    .literal('Unchanged', { error: 'expected "Unchanged"; DELETE and POST of a version unlist and relist' })
    .nullish(),
});

const allVersionsSchema = bodySchema.extend({ versions: z.literal('all') });

export interface DeprecationRequest {
  readonly versions: readonly string[] | 'all';
  /** Null to take it back. */
  readonly deprecation: Deprecation | null;
}

/** @throws ProblemError `FF_INVALID_REQUEST` with every fault and its path. */
export function readDeprecationRequest(body: unknown): DeprecationRequest {
  // Not a union: its faults would not say which of the versions is none.
  const isForAll = typeof body === 'object' && body !== null && 'versions' in body && body.versions === 'all';
  const parsed = (isForAll ? allVersionsSchema : bodySchema).safeParse(body);
  if (!parsed.success) throw invalid(parsed.error.issues.map(sentenceOf));
  const { versions, message, alternatePackageId: id, alternatePackageVersion: range } = parsed.data;
  const reasons = reasonsOf(parsed.data);
  const faults = [
    ...(reasons.length === 0 && message !== '' ? ['message: expected nothing without a reason'] : []),
    ...(reasons.length === 0 && id !== '' ? ['alternatePackageId: expected nothing without a reason'] : []),
    ...(reasons.includes('Other') && message === '' ? ['message: expected one for the reason isOther'] : []),
    ...(range !== '' && id === '' ? ['alternatePackageId: expected one for the alternatePackageVersion'] : []),
  ];
  if (faults.length > 0) throw invalid(faults);
  if (reasons.length === 0) return { versions, deprecation: null };
  const alternate = id === '' ? null : { id, range: rangeOf(range) };
  return { versions, deprecation: { reasons, message, alternate } };
}

function reasonsOf(flags: Omit<z.output<typeof bodySchema>, 'versions'>): readonly DeprecationReason[] {
  return [
    ...(flags.isLegacy ? (['Legacy'] as const) : []),
    ...(flags.hasCriticalBugs ? (['CriticalBugs'] as const) : []),
    ...(flags.isOther ? (['Other'] as const) : []),
  ];
}

/** Clients take `*` for any version. */
function rangeOf(text: string): string {
  const range = text === '' ? undefined : parseRange(text);
  return range === undefined ? '*' : formatRange(range);
}

function sentenceOf({ path, message }: z.core.$ZodIssue): string {
  return `${path.length === 0 ? 'body' : path.join('.')}: ${message.replace(/^Invalid input: /, '')}`;
}

function invalid(faults: readonly string[]): ProblemError {
  return new ProblemError('invalidRequest', { detail: faults.slice(0, 20).join('; ') });
}
