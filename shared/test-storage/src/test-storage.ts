/** A storage that a test has for itself, and what it does to it. */

export interface TestStorage {
  /** For the settings `storageUrl`, `storageContainer` and `storageCaFile`. */
  readonly url: string;
  readonly container: string;
  readonly caFile: string;
  /** With the credential, as the provider's own chain finds it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts other bytes under a name, with all that is said of the former ones. */
  overwrite(key: string, content: Buffer): Promise<void>;
  /** All names. */
  keys(): Promise<readonly string[]>;
  /** Ends the server; what it holds stays. */
  stop(): Promise<void>;
  /** Starts it again, at the same address. @param validMs - of its certificate, from now; below 0 for one that has expired. */
  start(options?: { readonly validMs?: number }): Promise<void>;
  /** The server takes connections and says nothing. */
  freeze(): void;
  thaw(): void;
  /** Ends it for good, and removes all that it held. */
  dispose(): Promise<void>;
}
