/** Datacenters over HTTP, and which of them has the writes. */
import { ProblemError } from '@feedfleet/problems';
import {
  datacenterListSchema,
  datacenterSchema,
  datacenterWriteSchema,
  datacenterWrittenSchema,
  deletedSchema,
  failoverRequestSchema,
} from '@feedfleet/registry-client';
import type { Datacenter, Operation, RegistryView } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { existing, write } from './written-change.ts';

const datacenterPath = z.strictObject({ id: datacenterSchema.shape.id });
/** Between the default positions of two, so that others find room. */
const positionStep = 10;
const lastPosition = 1000;

const put = (value: Datacenter): Operation => ({ entity: 'datacenter', id: value.id, value });
const newestEpoch = ({ datacenters }: RegistryView): number => Math.max(0, ...datacenters.map(({ epoch }) => epoch));

/** With the first one, writes go to instances there only: where there are none, nothing could be written any more. */
function refuseWithoutInstances({ datacenters, instances }: RegistryView, id: string): void {
  const elsewhere = instances.find(({ datacenter }) => datacenter !== id);
  if (datacenters.length > 0 || elsewhere === undefined || instances.some(({ datacenter }) => datacenter === id))
    return;
  const detail = `datacenter ${id}: expected ${elsewhere.datacenter} as the first one, since all instances run there`;
  throw new ProblemError('conflict', { detail });
}

function added({ datacenters }: RegistryView, id: string): Datacenter {
  const last = datacenters.at(-1)?.position ?? 0;
  const position = Math.min(lastPosition, last + positionStep);
  const isFirst = datacenters.length === 0;
  return { id, title: '', position, writes: isFirst, epoch: isFirst ? 1 : 0 };
}

const listDatacenters = operation({
  id: 'listDatacenters',
  method: 'get',
  path: '/api/datacenters',
  tag: 'Balancing',
  summary: 'All datacenters, in the order in which requests go to them.',
  access: 'administrator',
  answerSchema: datacenterListSchema,
  handle: ({ registry }) => ({ datacenters: [...registry.view.datacenters] }),
});

const putDatacenter = operation({
  id: 'putDatacenter',
  method: 'put',
  path: '/api/datacenters/{id}',
  tag: 'Balancing',
  summary: 'Adds or changes a datacenter; the first one has the writes, which only a failover moves.',
  access: 'administrator',
  pathSchema: datacenterPath,
  bodySchema: datacenterWriteSchema,
  answerSchema: datacenterWrittenSchema,
  handle: async (call) => {
    const { view } = call.registry;
    const { id } = call.path;
    refuseWithoutInstances(view, id);
    const before = view.datacenterById(id) ?? added(view, id);
    const { title = before.title, position = before.position } = call.body;
    const datacenter = { ...before, title, position };
    const change = await write(call, { summary: `Set the datacenter ${id}`, operations: [put(datacenter)] });
    return { datacenter, change };
  },
});

const deleteDatacenter = operation({
  id: 'deleteDatacenter',
  method: 'delete',
  path: '/api/datacenters/{id}',
  tag: 'Balancing',
  summary: 'Deletes a datacenter in which no instances run.',
  access: 'administrator',
  pathSchema: datacenterPath,
  answerSchema: deletedSchema,
  handle: async (call) => {
    const { view } = call.registry;
    const { id } = call.path;
    const { writes } = existing(view.datacenterById(id), 'datacenter', id);
    if (writes && view.datacenters.length > 1) {
      throw new ProblemError('conflict', {
        detail: `datacenter ${id}: it has the writes; another one takes them first`,
      });
    }
    const summary = `Delete the datacenter ${id}`;
    return { change: await write(call, { summary, operations: [{ entity: 'datacenter', id, value: null }] }) };
  },
});

const failover = operation({
  id: 'failover',
  method: 'post',
  path: '/api/failover',
  tag: 'Balancing',
  summary: 'Gives the writes to a datacenter with a new epoch, and takes them from the one that had them.',
  access: 'administrator',
  bodySchema: failoverRequestSchema,
  answerSchema: datacenterWrittenSchema,
  handle: async (call) => {
    const { view } = call.registry;
    const { to, expectEpoch, afterEpoch = 0 } = call.body;
    const before = existing(view.datacenterById(to), 'datacenter', to);
    const epoch = newestEpoch(view);
    if (expectEpoch !== undefined && expectEpoch !== epoch) {
      throw new ProblemError('conflict', { detail: `expectEpoch: expected ${epoch}, got ${expectEpoch}` });
    }
    const losers = view.datacenters.filter(({ id, writes }) => writes && id !== to);
    const stays = before.writes && before.epoch > afterEpoch;
    const datacenter = stays ? before : { ...before, writes: true, epoch: Math.max(epoch, afterEpoch) + 1 };
    const operations = [...losers.map((each) => put({ ...each, writes: false })), put(datacenter)];
    const summary = `Failover of writes to the datacenter ${to}, epoch ${datacenter.epoch}`;
    return { datacenter, change: await write(call, { summary, operations }) };
  },
});

export const datacenterOperations: readonly ApiOperation[] = [
  listDatacenters,
  putDatacenter,
  deleteDatacenter,
  failover,
];
