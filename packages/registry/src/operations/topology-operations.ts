/** Families, instances and routes over HTTP. */
import { ProblemError } from '@feedfleet/problems';
import {
  deletedSchema,
  familyListSchema,
  familySchema,
  familyWriteSchema,
  familyWrittenSchema,
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
import type { ApiCall, ApiOperation } from '../api-operation.ts';
import { actorOf } from '../caller.ts';

const idPath = z.strictObject({ id: familySchema.shape.id });

type WriteCall = Pick<ApiCall<unknown, unknown, unknown>, 'registry' | 'caller' | 'signal'>;

async function write(call: WriteCall, change: Operation): Promise<ChangeReceipt> {
  const { registry, caller, signal } = call;
  const verb = change.value === null ? 'Delete' : 'Set';
  const summary = `${verb} the ${change.entity} ${change.id}`;
  const number = registry.commit({ actor: actorOf(caller), summary, operations: [change] });
  return registry.receipt(number, signal);
}

type TopologyKind = 'family' | 'instance' | 'route';

function exists(view: RegistryView, entity: TopologyKind, id: string): boolean {
  const found = { family: view.familyById(id), instance: view.instanceById(id), route: view.routeById(id) }[entity];
  return found !== undefined;
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
      if (!exists(call.registry.view, entity, id)) {
        throw new ProblemError('noSuchEntity', { detail: `there is no ${entity} "${id}"` });
      }
      return { change: await write(call, { entity, id, value: null }) };
    },
  });
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
    return { family, change: await write(call, { entity: 'family', id: family.id, value: family }) };
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
    return { instance, change: await write(call, { entity: 'instance', id: instance.id, value: instance }) };
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
    return { route, change: await write(call, { entity: 'route', id: route.id, value: route }) };
  },
});

export const topologyOperations: readonly ApiOperation[] = [
  listFamilies,
  putFamily,
  deletion('family', 'families', 'Deletes a family that has neither routes nor instances.'),
  listInstances,
  putInstance,
  deletion('instance', 'instances', 'Deletes an instance.'),
  listRoutes,
  putRoute,
  deletion('route', 'routes', 'Deletes a route.'),
];
