import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { StoredVersion } from '@feedfleet/store';

import { blobOf, nuspecAnswer } from './content.ts';
import type { PackageFileUse } from './content.ts';
import { embeddedFileAnswer } from './embedded-file.ts';

const version = { id: 'A', normalizedVersion: '1.0.0', sha512: 'aa' } as StoredVersion;
const blobs = { open: () => Promise.resolve(undefined) } as unknown as Parameters<typeof blobOf>[1]['blobs'];

describe('a package whose file is not there', () => {
  it('is 404 when the version was deleted meanwhile', async () => {
    const readAgain = () => Promise.reject(new ProblemError('noSuchPackage', { detail: 'gone' }));
    await expect(blobOf(version, { blobs, readAgain })).rejects.toMatchObject({ status: 404 });
  });

  it('is 503 when the store has lost it', async () => {
    const readAgain = () => Promise.resolve(version);
    await expect(blobOf(version, { blobs, readAgain })).rejects.toMatchObject({ code: 'FF_CORRUPT' });
  });
});

describe('a package whose file cannot be read', () => {
  const withIcon = { ...version, metadata: { iconFile: 'icon.png' } } as StoredVersion;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feedfleet-content-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const answers: readonly (readonly [string, PackageFileUse<Answer>])[] = [
    ['the nuspec', (file) => nuspecAnswer(version, file)],
    ['the icon', (file) => embeddedFileAnswer(withIcon, 'icon', (use) => use(file))],
  ];

  it.each(answers)('is damaged when it is no package: %s', async (_, answer) => {
    const path = join(folder, 'damaged.nupkg');
    await writeFile(path, 'no package');
    await expect(answer({ path, sha512: '' })).rejects.toMatchObject({ definition: { code: 'FF_CORRUPT' } });
  });

  it.each(answers)('is no fault of the storage when the disk fails: %s', async (_, answer) => {
    // A folder can be opened, but not be read.
    const failed: unknown = await answer({ path: folder, sha512: '' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'FF_STORE_UNAVAILABLE', cause: { code: 'EISDIR' } });
    expect(failed).not.toHaveProperty('definition.fault');
  });
});
