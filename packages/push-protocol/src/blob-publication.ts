/**
 * How a file that was sent becomes durable and visible: staged and synced, looked at in the sender's turn, announced
 * (`intendBlob`), put in place (`commit`), and made visible by one durable transaction. A failure at any step takes back the steps
 * before it; a crash leaves what the next start of the same owner finds by its announcement or in its staging folder.
 */
import type { BlobStore, MetadataStore, StagedBlob } from '@feedfleet/store';
import type { PushRequest } from './push-service.ts';

export interface BlobPublicationOptions {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  /** Under whose name unfinished pushes are announced. */
  readonly owner: string;
  /** Told when taking back failed; what is left is collected at the next start. */
  readonly onLitter: (error: unknown) => void;
}

export class BlobPublication {
  readonly #options: BlobPublicationOptions;

  constructor(options: BlobPublicationOptions) {
    this.#options = options;
  }

  /** Stages the body of the request and, in the sender's turn, does with it what `use` does. */
  async staged<T>(request: PushRequest, use: (staged: StagedBlob) => Promise<T>): Promise<T> {
    const { content, maxBytes, signal, turn } = request;
    const { blobs } = this.#options;
    const staged = await blobs.stage(content, { maxBytes, signal });
    try {
      const endTurn = await turn();
      try {
        return await use(staged);
      } finally {
        endTurn();
      }
    } finally {
      // After a commit there is nothing to discard, and discarding again is harmless.
      await this.#takeBack(blobs.discard(staged));
    }
  }

  /** @param makeVisible - the transaction that settles the announcement; when it throws, the file goes. */
  async publish<T>(staged: StagedBlob, makeVisible: () => Promise<T>): Promise<T> {
    const { metadata, blobs, owner } = this.#options;
    const { sha512 } = staged;
    await metadata.intendBlob(sha512, owner);
    try {
      await blobs.commit(staged);
      return await makeVisible();
    } catch (error) {
      await this.#takeBack(metadata.abandonBlob(sha512, owner, (unneeded) => blobs.remove(unneeded)));
      throw error;
    }
  }

  /** The failure that led here is the one to be told; what cannot be taken back now is collected at the next start. */
  async #takeBack(undoing: Promise<void>): Promise<void> {
    try {
      await undoing;
    } catch (error) {
      this.#options.onLitter(error);
    }
  }
}
