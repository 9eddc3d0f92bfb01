/**
 * Folders whose names outlive a power loss: a folder is there for good only when its parent has been synced.
 *
 * Source: Linux manual, fsync(2): syncing a file does not sync the entry in its folder.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

type SyncFolder = (folder: string) => Promise<void>;

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The folders below one root, which are few by their names: each is synced into its parents once in a process. */
export class DurableFolders {
  readonly #root: string;
  readonly #sync: SyncFolder;
  /** Also those that are being synced, for who comes second must not be done before the first. */
  readonly #synced = new Map<string, Promise<void>>();

  constructor(root: string, sync: SyncFolder = syncFolder) {
    this.#root = root;
    this.#sync = sync;
  }

  /** Creates what is missing of `folder` below the root. Returns when all of it is durable, whoever created it. */
  async make(folder: string): Promise<void> {
    const created = await mkdir(folder, { recursive: true });
    if (created !== undefined) {
      this.#synced.delete(folder);
    }
    await (this.#synced.get(folder) ?? this.#syncParents(folder));
  }

  #syncParents(folder: string): Promise<void> {
    const syncing = syncUpwards(dirname(folder), this.#root, this.#sync);
    this.#synced.set(folder, syncing);
    syncing.catch(() => {
      if (this.#synced.get(folder) === syncing) {
        this.#synced.delete(folder);
      }
    });
    return syncing;
  }
}

/** Creates `folder`, and syncs each folder from `top` on down to it into its parent; also those above that were missing. */
export async function makeDurable(folder: string, top: string, sync: SyncFolder = syncFolder): Promise<void> {
  const created = await mkdir(resolve(folder), { recursive: true });
  const highest = [resolve(top), ...(created === undefined ? [] : [resolve(created)])].toSorted(byLength)[0] ?? top;
  await syncUpwards(dirname(resolve(folder)), dirname(highest), sync);
}

const byLength = (a: string, b: string): number => a.length - b.length;

/** The lowest first; `last` is `first` or above it. */
async function syncUpwards(first: string, last: string, sync: SyncFolder): Promise<void> {
  for (let folder = first; ; folder = dirname(folder)) {
    await sync(folder);
    if (folder.length <= last.length) {
      return;
    }
  }
}
