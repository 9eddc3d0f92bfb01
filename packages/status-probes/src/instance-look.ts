/** One cheap question to an instance itself: whether it is ready. */
import type { Finding } from './family-look.ts';
import type { ObservationPlan, ObservedInstance } from './observation-plan.ts';
import type { ProbeClient } from './probe-client.ts';

export interface InstanceLookOptions {
  readonly client: ProbeClient;
  readonly plan: ObservationPlan;
  readonly instance: ObservedInstance;
}

export async function lookAtInstance({ client, plan, instance }: InstanceLookOptions): Promise<Finding> {
  const url = new URL('/health/ready', instance.url);
  try {
    const { status, ms } = await client.send({ url, timeoutMs: plan.timeoutMs });
    const latencyMs = Math.round(ms * 10) / 10;
    if (status !== 200) return { verdict: 'failed', latencyMs, reason: `ready: expected 200, got ${status}` };
    if (ms > plan.slowMs) return { verdict: 'slow', latencyMs, reason: `ready: took ${Math.round(ms)} ms` };
    return { verdict: 'ok', latencyMs, reason: null };
  } catch (error) {
    const reason = `ready: ${error instanceof Error ? error.message : 'no answer'}`;
    return { verdict: 'failed', latencyMs: null, reason };
  }
}
