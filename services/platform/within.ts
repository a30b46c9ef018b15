// Waiting has an end.

/** @throws Error when the work takes longer than `milliseconds`; the work itself goes on */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    clock = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(clock);
  }
}
