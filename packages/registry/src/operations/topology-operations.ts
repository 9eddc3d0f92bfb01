/** Families, instances and routes over HTTP. */
import {
  deletedSchema,
  familyChangeSchema,
  familyListSchema,
  familySchema,
  familyWriteSchema,
  familyWrittenSchema,
  instanceChangeSchema,
  instanceListSchema,
  instanceWriteSchema,
  instanceWrittenSchema,
  routeListSchema,
  routeWriteSchema,
  routeWrittenSchema,
} from '@feedfleet/registry-client';
import type { ChangeReceipt, Operation, RegistryView } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { existing, write } from './written-change.ts';
import type { WriteCall } from './written-change.ts';

const idPath = z.strictObject({ id: familySchema.shape.id });

function writeOne(call: WriteCall, change: Operation, made?: () => void): Promise<ChangeReceipt> {
  const verb = change.value === null ? 'Delete' : 'Set';
  const summary = `${verb} the ${change.entity} ${change.id}`;
  return write(call, { summary, operations: [change], ...(made === undefined ? {} : { made }) });
}

type TopologyKind = 'family' | 'instance' | 'route';

function found(view: RegistryView, entity: TopologyKind, id: string): unknown {
  return { family: view.familyById(id), instance: view.instanceById(id), route: view.routeById(id) }[entity];
}

/** The three are deleted alike. */
function deletion(entity: TopologyKind, plural: string, summary: string): ApiOperation {
  const name = `${entity.charAt(0).toUpperCase()}${entity.slice(1)}`;
  return operation({
    id: `delete${name}`,
    method: 'delete',
    path: `/api/${plural}/{id}`,
    tag: 'Topology',
    summary,
    access: 'administrator',
    pathSchema: idPath,
    answerSchema: deletedSchema,
    handle: async (call) => {
      const { id } = call.path;
      const { view, leases } = call.registry;
      existing(found(view, entity, id), entity, id);
      const forget = (): void => leases.forget(id);
      return { change: await writeOne(call, { entity, id, value: null }, entity === 'instance' ? forget : undefined) };
    },
  });
}

/** Without the fields that are not there. */
function given<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const fields = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** For the summary of a change: `weight 10, state draining`. */
function wordsOf(change: object): string {
  return Object.entries(change)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}

const listFamilies = operation({
  id: 'listFamilies',
  method: 'get',
  path: '/api/families',
  tag: 'Topology',
  summary: 'All endpoint families.',
  access: 'administrator',
  answerSchema: familyListSchema,
  handle: ({ registry }) => ({ families: [...registry.view.families] }),
});

const putFamily = operation({
  id: 'putFamily',
  method: 'put',
  path: '/api/families/{id}',
  tag: 'Topology',
  summary: 'Adds or replaces a family.',
  access: 'administrator',
  pathSchema: idPath,
  bodySchema: familyWriteSchema,
  answerSchema: familyWrittenSchema,
  handle: async (call) => {
    const family = { id: call.path.id, ...call.body };
    return { family, change: await writeOne(call, { entity: 'family', id: family.id, value: family }) };
  },
});

const updateFamily = operation({
  id: 'updateFamily',
  method: 'patch',
  path: '/api/families/{id}',
  tag: 'Topology',
  summary: 'Changes what is given of a family and of its balancing, and leaves the rest.',
  access: 'administrator',
  pathSchema: idPath,
  bodySchema: familyChangeSchema,
  answerSchema: familyWrittenSchema,
  handle: async (call) => {
    const { id } = call.path;
    const before = existing(call.registry.view.familyById(id), 'family', id);
    const { title = before.title, balancing = {} } = call.body;
    const family = { id, title, balancing: { ...before.balancing, ...given(balancing) } };
    const summary = `Change the family ${id}: ${wordsOf(call.body.title === undefined ? balancing : { title, ...balancing })}`;
    return { family, change: await write(call, { summary, operations: [{ entity: 'family', id, value: family }] }) };
  },
});

const listInstances = operation({
  id: 'listInstances',
  method: 'get',
  path: '/api/instances',
  tag: 'Topology',
  summary: 'All instances, with the addresses at which the balancer reaches them.',
  access: 'administrator',
  answerSchema: instanceListSchema,
  handle: ({ registry }) => ({ instances: [...registry.view.instances] }),
});

const putInstance = operation({
  id: 'putInstance',
  method: 'put',
  path: '/api/instances/{id}',
  tag: 'Topology',
  summary: 'Adds or replaces an instance.',
  access: 'administrator',
  pathSchema: idPath,
  bodySchema: instanceWriteSchema,
  answerSchema: instanceWrittenSchema,
  handle: async (call) => {
    const instance = { id: call.path.id, ...call.body };
    const { id, weight, state, pool } = instance;
    const remember = (): void => call.registry.leases.remember(id, { weight, state, pool });
    return { instance, change: await writeOne(call, { entity: 'instance', id, value: instance }, remember) };
  },
});

const updateInstance = operation({
  id: 'updateInstance',
  method: 'patch',
  path: '/api/instances/{id}',
  tag: 'Topology',
  summary: 'Changes the weight of an instance, its pool, or whether it drains.',
  access: 'administrator',
  pathSchema: idPath,
  bodySchema: instanceChangeSchema,
  answerSchema: instanceWrittenSchema,
  handle: async (call) => {
    const { id } = call.path;
    const before = existing(call.registry.view.instanceById(id), 'instance', id);
    const instance = { ...before, ...given(call.body) };
    const summary = `Change the instance ${id}: ${wordsOf(call.body)}`;
    const operations: readonly Operation[] = [{ entity: 'instance', id, value: instance }];
    // Before the answer is there it may renew its lease.
    const made = (): void => call.registry.leases.remember(id, call.body);
    return { instance, change: await write(call, { summary, operations, made }) };
  },
});

const listRoutes = operation({
  id: 'listRoutes',
  method: 'get',
  path: '/api/routes',
  tag: 'Topology',
  summary: 'All routes.',
  access: 'administrator',
  answerSchema: routeListSchema,
  handle: ({ registry }) => ({ routes: [...registry.view.routes] }),
});

const putRoute = operation({
  id: 'putRoute',
  method: 'put',
  path: '/api/routes/{id}',
  tag: 'Topology',
  summary: 'Adds or replaces a route.',
  access: 'administrator',
  pathSchema: idPath,
  bodySchema: routeWriteSchema,
  answerSchema: routeWrittenSchema,
  handle: async (call) => {
    const route = { id: call.path.id, ...call.body };
    return { route, change: await writeOne(call, { entity: 'route', id: route.id, value: route }) };
  },
});

export const topologyOperations: readonly ApiOperation[] = [
  listFamilies,
  putFamily,
  updateFamily,
  deletion('family', 'families', 'Deletes a family that has neither routes nor instances.'),
  listInstances,
  putInstance,
  updateInstance,
  deletion('instance', 'instances', 'Deletes an instance; one that runs and registers itself comes back.'),
  listRoutes,
  putRoute,
  deletion('route', 'routes', 'Deletes a route.'),
];
