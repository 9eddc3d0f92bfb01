/**
 * The OpenAPI description, made of the schemas that validate requests and answers.
 *
 * Source: OpenAPI Specification 3.1.1; its schemas are JSON Schema 2020-12.
 */
import * as client from '@feedfleet/registry-client';
import { z } from 'zod';

import type { Access, ApiOperation } from './api-operation.ts';
import { apiOperations } from './api-operations.ts';

type Json = Readonly<Record<string, unknown>>;

const accessWords: Readonly<Record<Access, string>> = {
  manager: 'Needs a key with the scope `manage`; one for certain feeds sees and changes those only.',
  administrator: 'Needs a key with the scope `manage` for all feeds, or the operator token.',
  operator: 'Needs the operator token.',
};

const problem: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'solve'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; match on this.' },
    detail: { type: 'string', description: 'Every fault as `path: expected ..., got ...`.' },
    solve: { type: 'string' },
    requestId: { type: 'string' },
  },
};

const problemAnswer: Json = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Schemas that are described once and referred to by name. */
function namedSchemas(): z.core.$ZodRegistry<{ id: string }> {
  const names = z.registry<{ id: string }>();
  names.add(client.feedSchema, { id: 'Feed' });
  names.add(client.sourceSummarySchema, { id: 'Source' });
  names.add(client.keySummarySchema, { id: 'Key' });
  names.add(client.apiKeySchema, { id: 'StoredKey' });
  names.add(client.sourceSchema, { id: 'StoredSource' });
  names.add(client.familySchema, { id: 'Family' });
  names.add(client.instanceSchema, { id: 'Instance' });
  names.add(client.routeSchema, { id: 'Route' });
  names.add(client.rerouteSchema, { id: 'Reroute' });
  names.add(client.quarantineSchema, { id: 'Quarantine' });
  names.add(client.datacenterSchema, { id: 'Datacenter' });
  names.add(client.changeSchema, { id: 'Change' });
  names.add(client.subscriberSchema, { id: 'Subscriber' });
  names.add(client.changeReceiptSchema, { id: 'ChangeReceipt' });
  return names;
}

/** Without what only stands at the root of a schema of its own. */
function embedded(schema: object): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(namedSchemas(), { uri: (id) => `#/components/schemas/${id}`, io: 'output' });
  const entries = Object.entries(schemas).map(([name, schema]) => [name, embedded(schema)] as const);
  return { ...Object.fromEntries(entries), Problem: problem };
}

/** Named schemas inside become references to the components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const names = namedSchemas();
  if (io === 'output') names.add(schema, { id: '__answer' });
  return embedded(io === 'output' ? answerSchema(names) : z.toJSONSchema(schema, { io }));
}

function answerSchema(names: z.core.$ZodRegistry<{ id: string }>): Json {
  const { schemas } = z.toJSONSchema(names, { uri: (id) => `#/components/schemas/${id}`, io: 'output' });
  return schemas.__answer as Json;
}

function parametersOf(operation: ApiOperation): readonly Json[] {
  const describe = (schema: z.ZodObject | undefined, where: 'path' | 'query'): readonly Json[] => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
    return Object.entries(properties).map(([name, property]) => ({
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      schema: property,
    }));
  };
  return [...describe(operation.pathSchema, 'path'), ...describe(operation.querySchema, 'query')];
}

function describeOperation(operation: ApiOperation): Json {
  const { id, tag, summary, access, bodySchema, answerSchema: answer, status } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: accessWords[access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(bodySchema === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemaOf(bodySchema, 'input') } } },
        }),
    responses: {
      [status]: { description: 'Done.', content: { 'application/json': { schema: schemaOf(answer, 'output') } } },
      default: problemAnswer,
    },
  };
}

/** The description as an object. */
function openApiDocument(): Json {
  const paths = [...Map.groupBy(apiOperations, ({ path }) => path)].map(([path, operations]) => [
    path,
    Object.fromEntries(operations.map((operation) => [operation.method, describeOperation(operation)])),
  ]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Feedfleet registry',
      version: '1',
      description:
        'Feeds, their package sources, API keys, families, instances and routes of a fleet; a numbered log of every change.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: Object.fromEntries(paths) as Json,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The operator token, or an API key.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-NuGet-ApiKey' },
      },
      schemas: componentSchemas(),
    },
  };
}

/** The description as a file: two spaces, a line feed at the end; the same bytes every time. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
}
