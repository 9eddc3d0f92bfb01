import { describe, expect, it } from '@jest/globals';

import { ProcessSampler } from './process-sampler.ts';

const describeOnLinux = ProcessSampler.isPossible ? describe : describe.skip;

describeOnLinux('samples of processes', () => {
  it('tell what this process takes, and nothing of one that is not there', async () => {
    const begun = performance.now();
    const elapsedMs = (): number => performance.now() - begun;
    const processes = () =>
      new Map([
        ['this', process.pid],
        ['nobody', 2 ** 30],
      ]);
    const sampler = new ProcessSampler({ processes, elapsedMs, intervalMs: 20 });
    while (sampler.newest.size === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const [sampled, ...others] = sampler.stop();
    expect([sampled?.name, others]).toEqual(['this', []]);
    const [{ atMs, cpu, memoryBytes } = { atMs: 0, cpu: -1, memoryBytes: 0 }] = sampled?.samples ?? [];
    expect(atMs).toBeGreaterThan(0);
    expect(cpu).toBeGreaterThanOrEqual(0);
    // Node itself has some megabytes, and no machine here has a terabyte.
    expect(memoryBytes).toBeGreaterThan(5e6);
    expect(memoryBytes).toBeLessThan(1e12);
  });

  it('begin anew when a name belongs to another process', () => {
    let now = 0;
    let id = process.pid;
    const sampler = new ProcessSampler({
      processes: () => new Map([['x', id]]),
      elapsedMs: () => (now += 1000),
      intervalMs: 2 ** 30,
    });
    id = process.ppid;
    expect(sampler.stop()).toEqual([]);
  });
});
