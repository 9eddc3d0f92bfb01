/** A count that is looked at until it stands still. */

/** More than that mean that it never will. */
const MOST_LOOKS = 20;

/**
 * @param look - gives the count now.
 * @param pause - between two looks.
 * @returns what was seen twice in a row; undefined when that is not so within 20 looks.
 */
export async function settled(look: () => Promise<number>, pause: () => Promise<void>): Promise<number | undefined> {
  let former = await look();
  for (let looks = 1; looks < MOST_LOOKS; looks += 1) {
    await pause();
    const now = await look();
    if (now === former) return now;
    former = now;
  }
  return undefined;
}
