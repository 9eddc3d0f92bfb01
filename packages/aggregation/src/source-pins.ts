/** The port of pins: an id that a foreign source served stays with that source until an owner of the feed changes it. */
export interface SourcePins {
  /**
   * @param feedId - the feed that was asked.
   * @param ids - in lower case.
   * @returns ids of sources by id; ids without a pin are left out.
   */
  pinsOf(feedId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /** Pins an id, unless it is pinned elsewhere: then that stays. */
  pin(feedId: string, id: string, sourceId: string): Promise<'pinned' | { readonly conflict: string }>;
}
