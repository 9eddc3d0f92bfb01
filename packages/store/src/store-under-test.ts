/** What the suites of the metadata port need from an implementation. */
import type { AddOutcome, MetadataStore, NewPackageVersion } from './metadata-store.ts';

export interface MetadataStoreUnderTest {
  readonly store: MetadataStore;
  /** Another store on the same data, as another process has it; closed by `dispose`. */
  readonly openAnother: () => Promise<MetadataStore>;
  /** Sets the clock of all stores forward. */
  readonly advance: (milliseconds: number) => void;
  readonly dispose: () => Promise<void>;
}

/** Gives the store of the test that runs. */
export type CurrentStore = () => MetadataStoreUnderTest;

/** Who pushes, where it does not matter who. */
export const OWNER = 'push-1';

/** A push, without the file. */
export async function publish(
  store: MetadataStore,
  feedId: string,
  added: NewPackageVersion,
  owner: string,
): Promise<AddOutcome> {
  await store.intendBlob(added.sha512, owner);
  return store.addVersion(feedId, added, owner);
}
