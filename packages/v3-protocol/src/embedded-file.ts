/**
 * The readme, the icon and the license out of a package.
 *
 * Their authors are not trusted: what a browser opens may run nothing and load nothing, and is what it is said to be.
 *
 * Source: NuGet server API, "README Uri Template"; NuGet documentation, ".nuspec File Reference" (icons are PNG or JPEG);
 * Fetch standard, section 3.7 "`X-Content-Type-Options` header"; Content Security Policy Level 3, section 6.3.3 "sandbox".
 */
import type { Answer } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { StoredVersion } from '@feedfleet/store';

import { unreadable } from './content.ts';
import type { PackageFileUse } from './content.ts';
import { entryNameOf } from './package-files.ts';
import type { PackageFile } from './package-files.ts';

/** Twice what the public gallery takes. */
const MAX_BYTES = 2 * 1024 ** 2;
const GUARDS = {
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * @param inPackage - reads in the package; not called when the nuspec names no such file.
 * @throws {ProblemError} `FF_NO_SUCH_FILE` when the package has none, or a larger one; `FF_CORRUPT` when it cannot be read;
 *   `FF_STORE_UNAVAILABLE` when the disk fails.
 */
export async function embeddedFileAnswer(
  version: StoredVersion,
  file: PackageFile,
  inPackage: (use: PackageFileUse<Answer>) => Promise<Answer>,
): Promise<Answer> {
  const name = `${version.id} ${version.normalizedVersion}`;
  const entryName = entryNameOf(version.metadata, file);
  if (entryName === null) throw absent(`the nuspec of ${name} names no ${file} inside the package`);
  return inPackage(async ({ path, sha512 }) => {
    // Reading packages takes libraries that an idle family need not hold.
    const { readPackageEntry } = await import('@feedfleet/nupkg');
    const body = await readPackageEntry(path, entryName, MAX_BYTES).catch((cause: unknown) => {
      throw unreadable(`the ${file} of ${name}`, cause);
    });
    if (body === undefined) throw absent(`${name} has no file "${entryName}" of at most ${MAX_BYTES} bytes`);
    const contentType = file === 'icon' ? imageType(body) : textType(file, entryName);
    return {
      ...{ kind: 'bytes', status: 200, contentType, body, headers: GUARDS },
      ...{ gzip: file === 'icon' ? 'never' : 'negotiated', keep: 'revision' },
      ...(sha512 === '' ? {} : { entity: sha512.slice(0, 32) }),
    };
  });
}

/** By what it begins with: the name is the author's, and only these two are icons. */
function imageType(content: Buffer): string {
  if (content.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'image/png';
  if (content.subarray(0, 3).equals(Buffer.from('\xff\xd8\xff', 'latin1'))) return 'image/jpeg';
  return 'application/octet-stream';
}

function textType(file: PackageFile, entryName: string): string {
  const isMarkdown = file === 'readme' || /\.(?:md|markdown)$/i.test(entryName);
  return `text/${isMarkdown ? 'markdown' : 'plain'}; charset=utf-8`;
}

function absent(detail: string): ProblemError {
  return new ProblemError('noSuchFile', { detail });
}
