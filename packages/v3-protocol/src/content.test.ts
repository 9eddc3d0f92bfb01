import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import type { StoredVersion } from '@feedfleet/store';

import { blobOf } from './content.ts';

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
