/** Instances that register themselves, over HTTP. */
import { instanceSchema, leaseAnswerSchema, leaseRequestSchema, leaveAnswerSchema } from '@feedfleet/registry-client';
import type { ChangeReceipt } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { existing } from './written-change.ts';
import type { WriteCall } from './written-change.ts';

const leasePath = z.strictObject({ id: instanceSchema.shape.id });

async function receiptOf({ registry, signal }: WriteCall, number: number | undefined): Promise<ChangeReceipt | null> {
  return number === undefined ? null : registry.receipt(number, signal);
}

const holdLease = operation({
  id: 'holdLease',
  method: 'post',
  path: '/api/instances/{id}/lease',
  tag: 'Topology',
  summary: 'Registers an instance for a while, or renews that; what operators have said of it stays.',
  access: 'operator',
  pathSchema: leasePath,
  bodySchema: leaseRequestSchema,
  answerSchema: leaseAnswerSchema,
  handle: async (call) => {
    const { registry, path, body } = call;
    const number = registry.leases.hold(registry, path.id, body);
    const instance = existing(registry.view.instanceById(path.id), 'instance', path.id);
    return { instance, change: await receiptOf(call, number) };
  },
});

const endLease = operation({
  id: 'endLease',
  method: 'delete',
  path: '/api/instances/{id}/lease',
  tag: 'Topology',
  summary: 'Takes an instance out that is about to end; answered when all who follow know.',
  access: 'operator',
  pathSchema: leasePath,
  querySchema: z.strictObject({ holder: leaseRequestSchema.shape.holder }),
  answerSchema: leaveAnswerSchema,
  handle: async (call) => {
    const { registry, path, query } = call;
    return { change: await receiptOf(call, registry.leases.leave(registry, path.id, query.holder)) };
  },
});

export const leaseOperations: readonly ApiOperation[] = [holdLease, endLease];
