/**
 * The OpenAPI description of a JSON API, made of the schemas that validate its requests and answers.
 *
 * Source: OpenAPI Specification 3.1.1; its schemas are JSON Schema 2020-12.
 */
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** One operation of an API: what is served, validated and described comes from the same entry. */
export interface DescribedOperation<Access extends string = string> {
  /** Unique: `createFeed`. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Parameters in braces: `/api/feeds/{feed}`. */
  readonly path: string;
  readonly tag: string;
  /** One sentence. */
  readonly summary: string;
  /** Who may call. */
  readonly access: Access;
  readonly pathSchema?: z.ZodObject | undefined;
  readonly querySchema?: z.ZodObject | undefined;
  readonly bodySchema?: z.ZodType | undefined;
  readonly answerSchema: z.ZodType;
  /** Of the good answer. Default 200. */
  readonly status?: 200 | 201 | 202;
}

export interface ApiDescription<Access extends string> {
  readonly title: string;
  readonly description: string;
  readonly operations: readonly DescribedOperation<Access>[];
  /** Schemas that are described once and referred to by name. */
  readonly named: Readonly<Record<string, z.ZodType>>;
  readonly accessWords: Readonly<Record<Access, string>>;
  readonly securitySchemes: Json;
  /** What an operation needs; `undefined`: what has no scheme of OpenAPI, or nothing. */
  readonly securityOf: (access: Access) => readonly Json[] | undefined;
}

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

const asJson = (schema: Json): Json => ({ 'application/json': { schema } });

/** Without what only stands at the root of a schema of its own. */
function embedded(schema: object): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}

/** Each with the others inside as references. */
function schemasOf(schemas: ApiDescription<string>['named']): Readonly<Record<string, Json>> {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) names.add(schema, { id });
  const described = z.toJSONSchema(names, { uri: (id) => `#/components/schemas/${id}`, io: 'output' });
  return Object.fromEntries(Object.entries(described.schemas).map(([id, schema]) => [id, embedded(schema)]));
}

function answerOf({ answerSchema }: DescribedOperation, named: ApiDescription<string>['named']): Json {
  const name = Object.entries(named).find(([, schema]) => schema === answerSchema)?.[0];
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return schemasOf({ ...named, Answer: answerSchema }).Answer ?? {};
}

function parametersOf({ pathSchema, querySchema }: DescribedOperation): readonly Json[] {
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

function describeOperation<Access extends string>(
  operation: DescribedOperation<Access>,
  { named, accessWords, securityOf }: ApiDescription<Access>,
): Json {
  const { id, tag, summary, access, bodySchema, status = 200 } = operation;
  const parameters = parametersOf(operation);
  const security = securityOf(access);
  const body = bodySchema === undefined ? undefined : embedded(z.toJSONSchema(bodySchema, { io: 'input' }));
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: accessWords[access],
    ...(security === undefined ? {} : { security }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: asJson(body) } }),
    responses: {
      [status]: { description: 'Done.', content: asJson(answerOf(operation, named)) },
      default: problemAnswer,
    },
  };
}

/** As a file: two spaces, a line feed at the end; the same bytes every time. */
export function describeApi<Access extends string>(api: ApiDescription<Access>): string {
  const paths = [...Map.groupBy(api.operations, ({ path }) => path)].map(([path, operations]) => [
    path,
    Object.fromEntries(operations.map((operation) => [operation.method, describeOperation(operation, api)])),
  ]);
  const document = {
    openapi: '3.1.1',
    info: {
      title: api.title,
      version: '1',
      description: api.description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: Object.fromEntries(paths) as Json,
    components: {
      securitySchemes: api.securitySchemes,
      schemas: { ...schemasOf(api.named), Problem: problem },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
