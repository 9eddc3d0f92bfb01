/** The progress of a push on a terminal; nothing at all elsewhere, so that logs of builds stay readable. */
import { SingleBar } from 'cli-progress';

import { formatBytes } from '../quantities.ts';
import type { PackageFile } from './find-packages.ts';
import type { PushProgress, PushResult } from './push-packages.ts';

export interface ProgressView extends PushProgress {
  readonly stop: () => void;
}

const silent: ProgressView = { bytes: () => undefined, finished: () => undefined, stop: () => undefined };

/** @param stream - where the bar goes; `undefined` for no bar. */
export function showProgress(files: readonly PackageFile[], stream: NodeJS.WritableStream | undefined): ProgressView {
  if (stream === undefined) return silent;
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const bar = new SingleBar({
    stream,
    format: '{bar} {percentage}%  {sent} of {size}  {done}/{count} packages{failures}',
    barCompleteChar: '#',
    barIncompleteChar: '-',
    hideCursor: true,
    clearOnComplete: true,
    // The bar's own signal handling would end the process before the state is written.
    gracefulExit: false,
  });
  let [sentBytes, done, failed] = [0, 0, 0];
  const payload = () => ({
    sent: formatBytes(sentBytes),
    size: formatBytes(totalBytes),
    done,
    count: files.length,
    failures: failed === 0 ? '' : `, ${failed} failed`,
  });
  bar.start(Math.max(1, totalBytes), 0, payload());
  const update = (): void => bar.update(Math.min(sentBytes, totalBytes), payload());
  return {
    bytes: (count: number) => {
      sentBytes += count;
      update();
    },
    finished: (result: PushResult) => {
      done += 1;
      if (result.outcome === 'failed') failed += 1;
      // What was not sent now counts as done too: the bar tells how much is left.
      if (result.outcome !== 'pushed') sentBytes += result.file.sizeBytes;
      update();
    },
    stop: () => bar.stop(),
  };
}
