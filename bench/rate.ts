/** Runs `total` jobs, `concurrency` at a time; returns jobs per second. */
export async function rate(
  total: number,
  concurrency: number,
  job: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < total) {
        const index = next;
        next += 1;
        await job(index);
      }
    }),
  );
  return total / ((performance.now() - startedAt) / 1_000);
}
