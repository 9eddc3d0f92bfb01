/** What is measured of instances, read off when metrics are scraped: the series are those of the instances that there are now. */
import type { Metrics } from '@feedfleet/host';
import type { PoolMember } from './pool-member.ts';

export interface MeasuredMembers {
  readonly members: () => readonly PoolMember[];
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

export function declareMemberMetrics(metrics: Metrics, { members, now }: MeasuredMembers): void {
  const each = (valueOf: (member: PoolMember) => number | undefined) => () =>
    members().flatMap((member) => {
      const value = valueOf(member);
      return value === undefined ? [] : [{ labels: labelsOf(member), value }];
    });
  metrics.counter({
    name: 'feedfleet_balancer_attempts_total',
    help: 'Attempts at an instance, by how they ended: failed are answers with a status of its own fault.',
    labels: ['family', 'target', 'outcome'],
    collectEach: () =>
      members().flatMap((member) =>
        [...member.results].map(([outcome, value]) => ({ labels: { ...labelsOf(member), outcome }, value })),
      ),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_in_flight',
    help: 'Requests under way at an instance.',
    labels: ['family', 'target'],
    collectEach: each(({ inFlight }) => inFlight),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_instance_healthy',
    help: 'Whether an instance is healthy (1), or down or ejected (0).',
    labels: ['family', 'target'],
    collectEach: each(({ health }) => (health.isHealthyAt(now()) ? 1 : 0)),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_instance_latency_seconds',
    help: 'Recent time to the head of an answer of an instance.',
    labels: ['family', 'target'],
    collectEach: each((member) => {
      const latencyMs = member.latencyAt(now());
      return latencyMs === undefined ? undefined : latencyMs / 1_000;
    }),
  });
}

function labelsOf({ target }: PoolMember): Record<string, string> {
  return { family: target.family, target: target.instance };
}
