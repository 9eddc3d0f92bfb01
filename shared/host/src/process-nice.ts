/** How far this process stands back for others, as the supervisor has told the kernel. */
import { readFileSync } from 'node:fs';
import type { Metrics } from './metrics.ts';

/** Source: sched(7), "The autogroup feature". */
const FILE = '/proc/self/autogroup';

export function measureNice(metrics: Metrics): void {
  metrics.gauge({
    name: 'feedfleet_process_nice',
    help: 'How far the process stands back for others while processors are short: 0 for not at all, up to 19.',
    collect: currentNice,
  });
}

function currentNice(): number {
  try {
    return Number(/nice (-?\d+)/.exec(readFileSync(FILE, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
