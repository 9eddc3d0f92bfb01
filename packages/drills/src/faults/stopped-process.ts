/** A process that is stopped, and goes on however whoever stopped it ends; only a kill -9 of that leaves it stopped. */

/**
 * @param id - of the process.
 * @returns wakes it, once.
 */
export function stopProcess(id: number): () => void {
  const wake = (): void => {
    process.off('exit', wake);
    try {
      process.kill(id, 'SIGCONT');
    } catch (error) {
      // It ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  process.on('exit', wake);
  process.kill(id, 'SIGSTOP');
  return wake;
}
