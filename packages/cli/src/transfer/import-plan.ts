/** What a folder of packages brings into a feed: with the manifest of an export what the feed was, else what lies there. */
import { stat } from 'node:fs/promises';
import path from 'node:path';

import { findPackages, type PackageFile } from '../push/find-packages.ts';
import type { ExportedPackage } from './export-manifest.ts';
import { MANIFEST_NAME, readManifest } from './export-manifest.ts';

export interface ImportPlan {
  /** URL of the feed that the folder is an export of; null without a manifest. */
  readonly source: string | null;
  readonly files: readonly PackageFile[];
  /** By the path of the file. */
  readonly exported: ReadonlyMap<string, ExportedPackage>;
  /** What the manifest names and the folder lacks, or has in another size. */
  readonly missing: readonly ExportedPackage[];
}

/** @throws {ProblemError} `FF_USAGE` for a broken manifest, and for a folder with neither manifest nor packages. */
export async function planImport(folder: string, workingFolder: string): Promise<ImportPlan> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    const files = await findPackages([folder], workingFolder);
    return { source: null, files, exported: new Map(), missing: [] };
  }
  const files: PackageFile[] = [];
  const exported = new Map<string, ExportedPackage>();
  const missing: ExportedPackage[] = [];
  for (const each of manifest.packages) {
    const file = await fileOf(folder, each);
    if (file === undefined) {
      missing.push(each);
    } else {
      files.push(file);
      exported.set(file.path, each);
    }
  }
  return { source: manifest.source, files, exported, missing };
}

async function fileOf(folder: string, { file, sizeBytes }: ExportedPackage): Promise<PackageFile | undefined> {
  const absolute = path.join(folder, file);
  try {
    const { size, mtimeMs } = await stat(absolute);
    return size === sizeBytes ? { path: absolute, name: file, sizeBytes, modifiedMs: mtimeMs } : undefined;
  } catch {
    return undefined;
  }
}

/** The sentence for who imports a folder that is no export. */
export const NO_MANIFEST = `There is no ${MANIFEST_NAME} in the folder: every .nupkg below it is imported, listed and not deprecated.\n`;
