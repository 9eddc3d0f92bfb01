/** A package from elsewhere in a file of its own, for readers that need random access: its nuspec, its readme, its icon. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ProblemError } from '@feedfleet/problems';
import type { SourceContent } from '@feedfleet/package-sources';

const MAX_BYTES = 512 * 1024 ** 2;

/**
 * @param use - reads the file at `path`, which is gone when it has ended.
 * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` for a package of more than 512 MiB.
 */
export async function spooledPackage<T>(
  content: Pick<SourceContent, 'open'>,
  signal: AbortSignal,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-package-'));
  try {
    const path = join(folder, 'package.nupkg');
    await pipeline(content.open(signal), atMost(MAX_BYTES), createWriteStream(path), { signal });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function atMost(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else done(new ProblemError('sourceUnavailable', { detail: `a package source sent more than ${maxBytes} bytes` }));
    },
  });
}
