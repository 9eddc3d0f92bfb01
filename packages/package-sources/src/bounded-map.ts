/** Results in the order of `items`, with at most `limit` under way at a time. The first failure ends it; nothing new begins after. */
export async function boundedMap<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()].reverse();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined && !hasFailed; next = waiting.pop()) {
      const [index, item] = next;
      try {
        results[index] = await map(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
