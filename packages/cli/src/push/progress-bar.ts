/** The progress of many packages on a terminal; nothing at all elsewhere, so that logs of builds stay readable. */
import { SingleBar } from 'cli-progress';

import { formatBytes } from '../quantities.ts';
import type { PackageFile } from './find-packages.ts';
import type { PushProgress } from './push-packages.ts';

interface BarTotals {
  readonly count: number;
  /** Unknown before it is over: the bar then goes by packages. */
  readonly bytes?: number;
}

interface ProgressBar {
  readonly bytes: (count: number) => void;
  readonly finished: (outcome: 'done' | 'failed') => void;
  readonly stop: () => void;
}

const silent: ProgressBar = { bytes: () => undefined, finished: () => undefined, stop: () => undefined };

/** @param stream - where the bar goes; `undefined` for no bar. */
export function openProgressBar(totals: BarTotals, stream: NodeJS.WritableStream | undefined): ProgressBar {
  if (stream === undefined) return silent;
  const { count, bytes: totalBytes } = totals;
  const bar = new SingleBar({
    stream,
    format: '{bar} {percentage}%  {moved}  {done}/{count} packages{failures}',
    barCompleteChar: '#',
    barIncompleteChar: '-',
    hideCursor: true,
    clearOnComplete: true,
    // The bar's own signal handling would end the process before the state is written.
    gracefulExit: false,
  });
  let [movedBytes, done, failed] = [0, 0, 0];
  const payload = () => ({
    moved: formatBytes(movedBytes) + (totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`),
    done,
    count,
    failures: failed === 0 ? '' : `, ${failed} failed`,
  });
  bar.start(Math.max(1, totalBytes ?? count), 0, payload());
  const update = (): void => bar.update(totalBytes === undefined ? done : Math.min(movedBytes, totalBytes), payload());
  return {
    bytes: (moved) => {
      movedBytes += moved;
      update();
    },
    finished: (outcome) => {
      done += 1;
      if (outcome === 'failed') failed += 1;
      update();
    },
    stop: () => bar.stop(),
  };
}

interface ProgressView extends PushProgress {
  readonly stop: () => void;
}

/** For a push, whose bytes are known before it starts. */
export function showProgress(files: readonly PackageFile[], stream: NodeJS.WritableStream | undefined): ProgressView {
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const bar = openProgressBar({ count: files.length, bytes }, stream);
  return {
    bytes: bar.bytes,
    finished: ({ outcome, file }) => {
      // What was not sent now counts as done too: the bar tells how much is left.
      if (outcome !== 'pushed') bar.bytes(file.sizeBytes);
      bar.finished(outcome === 'failed' ? 'failed' : 'done');
    },
    stop: bar.stop,
  };
}
