/** How much a package may ask of those who unpack it. */
export interface PackageLimits {
  /** Most entries of the zip file. */
  readonly maxEntries: number;
  /** Most bytes that all entries unpack to. */
  readonly maxUncompressedBytes: number;
  /** How many times its own size a package may unpack to, once it unpacks to more than `ratioFreeBytes`. */
  readonly maxCompressionRatio: number;
  /** Below this many unpacked bytes the ratio is not looked at: small files of text compress very well. */
  readonly ratioFreeBytes: number;
  /** Largest nuspec, in bytes. */
  readonly maxNuspecBytes: number;
  /**
   * No entry may say that it was changed later than this, in milliseconds since the epoch; null to take any. Build tools that go by
   * times would build for ever with a file from the future.
   */
  readonly latestChangeMs: number | null;
}

export const DEFAULT_PACKAGE_LIMITS: PackageLimits = Object.freeze({
  maxEntries: 50_000,
  maxUncompressedBytes: 8 * 1024 ** 3,
  maxCompressionRatio: 100,
  ratioFreeBytes: 64 * 1024 ** 2,
  maxNuspecBytes: 1024 ** 2,
  latestChangeMs: null,
});
