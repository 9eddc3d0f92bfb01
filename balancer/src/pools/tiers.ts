/**
 * The members of a pool in the order in which datacenters are asked, and which of them take requests.
 *
 * Health is ignored where fewer than half of those that the registry lets take requests are healthy, since then it is more likely that
 * the judgement is wrong, or that the rest would be crushed; unless another datacenter stands ready for reads.
 *
 * Source: Envoy, "Load balancing", "Panic threshold".
 */
import type { Datacenter } from '@feedfleet/registry-client';
import type { PoolMember } from './pool-member.ts';

const PANIC_SHARE = 0.5;

/** Those of one datacenter that share requests; the parts that ejections of at most a half are counted in. */
export interface Tier {
  /** All that the registry lets take requests. */
  readonly open: readonly PoolMember[];
  readonly forReads: readonly PoolMember[];
  /** Empty where writes go to another datacenter. */
  readonly forWrites: readonly PoolMember[];
  readonly isPanicking: boolean;
}

/** @param datacenters - in order; without any, all members are in one. */
export function tiersOf(
  members: readonly PoolMember[],
  datacenters: readonly Datacenter[],
  now: number,
): readonly Tier[] {
  const open = members.filter((member) => member.isOpen);
  if (open.length === 0) return [];
  const groups = groupsOf(open, datacenters).map(({ members: group, writes }) => {
    const healthy = group.filter((member) => member.health.isHealthyAt(now));
    return { group, writes, healthy, isReady: healthy.length >= group.length * PANIC_SHARE };
  });
  return groups.map(({ group, writes, healthy, isReady }) => {
    const isOnly = !groups.some((other) => other.group !== group && other.isReady);
    const isPanicking = !isReady && isOnly;
    return {
      open: group,
      forReads: isPanicking ? group : healthy,
      forWrites: !writes ? [] : isReady ? healthy : group,
      isPanicking,
    };
  });
}

interface Group {
  readonly members: readonly PoolMember[];
  readonly writes: boolean;
}

/** Instances of a datacenter that the registry does not know come last. */
function groupsOf(open: readonly PoolMember[], datacenters: readonly Datacenter[]): readonly Group[] {
  if (datacenters.length === 0) return [{ members: open, writes: true }];
  const known = new Set(datacenters.map(({ id }) => id));
  const groups = datacenters.map(({ id, writes }) => ({
    members: open.filter(({ instance }) => instance.datacenter === id),
    writes,
  }));
  const others = { members: open.filter(({ instance }) => !known.has(instance.datacenter)), writes: false };
  return [...groups, others].filter(({ members }) => members.length > 0);
}
