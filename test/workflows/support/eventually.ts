/** Waits for a condition to hold, by asking; fails with the time that passed. */
export async function eventually(
  condition: () => Promise<boolean>,
  deadlineMs = 15_000,
): Promise<void> {
  const startMs = Date.now();
  while (!(await condition())) {
    if (Date.now() - startMs > deadlineMs) throw new Error(`not so after ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
