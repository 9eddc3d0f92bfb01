/** Where package files are kept beyond the disk, loaded only where the settings say so: a process with none pays nothing for it. */
import type { OpenStorageOptions, RemoteStorage } from './storage-options.ts';

/**
 * @returns undefined where package files are on the disk.
 * @throws ProblemError `FF_INVALID_SETTINGS`. A storage that does not answer is no reason to fail.
 */
export async function openRemoteStorage(options: OpenStorageOptions): Promise<RemoteStorage | undefined> {
  if (options.settings.storage === 'disk') return undefined;
  const { composeStorage } = await import('./compose-storage.ts');
  return composeStorage(options);
}
