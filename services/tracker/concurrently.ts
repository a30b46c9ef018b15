// Many small deliveries, a few at a time.

/** Runs `act` for every item, at most `limit` at once; waits for those begun, then rejects with the first failure. */
export async function concurrently<Item>(
  items: Iterable<Item>,
  limit: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items].values();
  const failures: unknown[] = [];
  const line = async () => {
    for (const item of queue) {
      if (failures.length > 0) return;
      await act(item).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: limit }, line));
  if (failures.length > 0) throw failures[0];
}
