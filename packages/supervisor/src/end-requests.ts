/**
 * Whatever asks the fleet to end: signals, or the death of the process that started it.
 *
 * The channel to the starter closes however that one died, also by kill -9.
 */

export interface EndRequests {
  /** First: drain. */
  readonly onEnd: () => void;
  /** Again: at once. */
  readonly onEndAtOnce: () => void;
  /** Milliseconds, from any start. */
  readonly now: () => number;
}

/** One Ctrl-C may arrive by two ways: from the terminal, and passed on by npm. In milliseconds. */
const SAME_REQUEST_MS = 500;

export function listenForEnd(shell: NodeJS.Process, { onEnd, onEndAtOnce, now }: EndRequests): void {
  let firstAt: number | undefined;
  const ask = () => {
    if (firstAt === undefined) {
      firstAt = now();
      onEnd();
    } else if (now() - firstAt > SAME_REQUEST_MS) {
      onEndAtOnce();
    }
  };
  shell.on('SIGINT', ask);
  shell.on('SIGTERM', ask);
  shell.on('SIGHUP', ask);
  if (shell.channel != null) {
    shell.on('disconnect', ask);
    // Without this, the open channel would keep the process from ending by itself.
    shell.channel.unref();
  }
  // Who reads them may be gone first; that must not keep from draining.
  shell.stdout.on('error', () => undefined);
  shell.stderr.on('error', () => undefined);
}
