/** What a folder of packages is an export of, and how far it has come; written whole each time, by a rename. */
import { open, readFile, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

import { packagePlace } from './package-path.ts';

export const MANIFEST_NAME = 'feedfleet-export.json';
/** About a million versions. */
const MAX_MANIFEST_BYTES = 400 * 1024 ** 2;

export const deprecationSchema = z.object({
  reasons: z.array(z.string()),
  message: z.string().optional(),
  alternatePackage: z.object({ id: z.string(), range: z.string() }).optional(),
});

const packageSchema = z
  .object({
    id: z.string(),
    version: z.string(),
    /** Below the folder, with slashes. */
    file: z.string(),
    /** Of the file, lower-case hex. */
    sha512: z.string().regex(/^[0-9a-f]{128}$/),
    sizeBytes: z.number().int().nonnegative(),
    listed: z.boolean(),
    /** Commit of the catalog that told so. */
    committed: z.string(),
    deprecation: deprecationSchema.optional(),
  })
  .refine(({ id, version, file }) => packagePlace(id, version)?.file === file, {
    path: ['file'],
    error: 'expected the place of this id and version',
  });
export type ExportedPackage = z.infer<typeof packageSchema>;

const manifestSchema = z.object({
  format: z.literal(1),
  /** URL of the feed, without secrets. */
  source: z.string(),
  /** The last commit of which everything up to it is here; null before the first. */
  cursor: z.string().nullable(),
  packages: z.array(packageSchema),
});
export type ExportManifest = z.infer<typeof manifestSchema>;

/**
 * @returns `undefined` when the folder holds none.
 * @throws {ProblemError} `FF_USAGE` when what is there is no manifest.
 */
export async function readManifest(folder: string): Promise<ExportManifest | undefined> {
  const file = path.join(folder, MANIFEST_NAME);
  try {
    const { size } = await stat(file);
    if (size > MAX_MANIFEST_BYTES) throw notManifest(file, `larger than ${MAX_MANIFEST_BYTES} bytes`);
    const read = manifestSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    throw notManifest(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof SyntaxError) throw notManifest(file, 'it is no JSON');
    const code = String((error as NodeJS.ErrnoException).code);
    if (code === 'ENOENT') return undefined;
    throw notManifest(file, code);
  }
}

const notManifest = (file: string, why: string): ProblemError =>
  new ProblemError('usage', { detail: `${file} is not what an export writes: ${why}` });

/**
 * The manifest that an export into the folder goes on from.
 *
 * @throws {ProblemError} `FF_USAGE` when the folder holds the export of another feed, or something else.
 */
export async function manifestFor(folder: string, source: string): Promise<ExportManifest> {
  const manifest = await readManifest(folder);
  if (manifest !== undefined) {
    if (manifest.source === source) return manifest;
    throw new ProblemError('usage', {
      detail: `${folder} holds the export of ${manifest.source}; export ${source} into a folder of its own`,
    });
  }
  const entries = await readdir(folder);
  if (entries.some((name) => name !== `${MANIFEST_NAME}.part`)) {
    throw new ProblemError('usage', { detail: `${folder} is not empty, and holds no export to go on from` });
  }
  return { format: 1, source, cursor: null, packages: [] };
}

export async function writeManifest(folder: string, manifest: ExportManifest): Promise<void> {
  const file = path.join(folder, MANIFEST_NAME);
  const handle = await open(`${file}.part`, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.part`, file);
}
