/** The whole API, in the order of its description. */
import type { ApiOperation } from './api-operation.ts';
import { auditOperations } from './operations/audit-operations.ts';
import { balancingOperations } from './operations/balancing-operations.ts';
import { datacenterOperations } from './operations/datacenter-operations.ts';
import { feedOperations } from './operations/feed-operations.ts';
import { fleetOperations } from './operations/fleet-operations.ts';
import { keyOperations } from './operations/key-operations.ts';
import { leaseOperations } from './operations/lease-operations.ts';
import { sourceOperations } from './operations/source-operations.ts';
import { sourceGraphOperations } from './operations/source-graph-operations.ts';
import { topologyOperations } from './operations/topology-operations.ts';

export const apiOperations: readonly ApiOperation[] = [
  ...feedOperations,
  ...sourceOperations,
  ...sourceGraphOperations,
  ...keyOperations,
  ...topologyOperations,
  ...leaseOperations,
  ...balancingOperations,
  ...datacenterOperations,
  ...fleetOperations,
  ...auditOperations,
];
