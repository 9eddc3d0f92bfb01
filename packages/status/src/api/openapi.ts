/**
 * The OpenAPI description of the status process, made of the schemas that validate requests and answers.
 *
 * Source: OpenAPI Specification 3.1.1; its schemas are JSON Schema 2020-12.
 */
import * as model from '@feedfleet/status-model';
import { z } from 'zod';

import type { Access, ApiOperation } from './api-operation.ts';
import { apiOperations } from './api-operations.ts';

type Json = Readonly<Record<string, unknown>>;

const accessWords: Readonly<Record<Access, string>> = {
  anyone: 'For everybody.',
  operator: 'Needs the operator token as bearer token.',
  observer:
    'Needs `X-Feedfleet-Observer`, `X-Feedfleet-Timestamp` and `X-Feedfleet-Signature`: HMAC-SHA256 of the timestamp, a dot and the body.',
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

/** Schemas that are described once and referred to by name. */
const named: Readonly<Record<string, z.ZodType>> = {
  StatusReport: model.statusReportSchema,
  Family: model.familyReportSchema,
  Instance: model.instanceReportSchema,
  Day: model.dayReportSchema,
  Month: model.monthReportSchema,
  StateTimes: model.stateTimesSchema,
  Latency: model.latencyReportSchema,
  Tip: model.tipSchema,
  Incident: model.incidentSchema,
  IncidentUpdate: model.incidentUpdateSchema,
  Maintenance: model.maintenanceSchema,
  Message: model.messageSchema,
  Certificate: model.certificateSchema,
};

/** Without what only stands at the root of a schema of its own. */
function embedded(schema: object): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}

/** With the named schemas inside as references. @param own - one more. */
function schemasOf(own: Readonly<Record<string, z.ZodType>>): Readonly<Record<string, Json>> {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...own, ...named })) names.add(schema, { id });
  const { schemas } = z.toJSONSchema(names, { uri: (id) => `#/components/schemas/${id}`, io: 'output' });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, embedded(schema)]));
}

function answerOf({ answerSchema }: ApiOperation): Json {
  const name = Object.entries(named).find(([, schema]) => schema === answerSchema)?.[0];
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return schemasOf({ Answer: answerSchema }).Answer ?? {};
}

function parametersOf({ pathSchema, querySchema }: ApiOperation): readonly Json[] {
  const describe = (schema: z.ZodObject | undefined, where: 'path' | 'query'): readonly Json[] => {
    const { properties = {}, required = [] } = schema === undefined ? {} : z.toJSONSchema(schema, { io: 'input' });
    return Object.entries(properties).map(([name, property]) => ({
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      schema: property,
    }));
  };
  return [...describe(pathSchema, 'path'), ...describe(querySchema, 'query')];
}

function describeOperation(operation: ApiOperation): Json {
  const { id, tag, summary, access, bodySchema, status = 200 } = operation;
  const parameters = parametersOf(operation);
  const json = (schema: Json): Json => ({ 'application/json': { schema } });
  const body = bodySchema === undefined ? undefined : embedded(z.toJSONSchema(bodySchema, { io: 'input' }));
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: accessWords[access],
    ...(access === 'operator' ? { security: [{ bearer: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      [status]: { description: 'Done.', content: json(answerOf(operation)) },
      default: {
        description: 'A problem (RFC 9457).',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** The description as it is served and as it lies in the reference. */
export function openApiText(): string {
  const paths = [...Map.groupBy(apiOperations, ({ path }) => path)].map(([path, operations]) => [
    path,
    Object.fromEntries(operations.map((operation) => [operation.method, describeOperation(operation)])),
  ]);
  const document = {
    openapi: '3.1.1',
    info: {
      title: 'Feedfleet status',
      version: '1',
      description: 'How the fleet is, as its observers see it. Answers grow by optional fields only.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: Object.fromEntries(paths) as Json,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'The operator token.' } },
      schemas: { ...schemasOf({}), Problem: problem },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
