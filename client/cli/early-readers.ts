/** A reader that stops early (`perpetua order list | head -1`) is no failure of ours. */
export function letReadersStopEarly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
