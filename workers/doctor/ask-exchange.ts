/** One question to the exchange, as the checks ask them: no retries, and the cause in plain words. */
export const ANSWER_WITHIN_MS = 5_000;

/** @throws Error when nobody answers, or with something else than success and JSON */
export async function askExchange(
  url: string,
  type: string,
  about: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const response = await fetch(new URL('info', url.endsWith('/') ? url : `${url}/`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, ...about }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return response.json();
}

/** `fetch failed` says nothing; its cause does. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
