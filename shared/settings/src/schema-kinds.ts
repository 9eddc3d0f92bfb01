/**
 * Reads a zod schema from the outside: what kind of value it takes, in which range, and what is said about it.
 *
 * Wrappers (`optional`, `default`, `nullable` and the like) are looked through, so that a mark on the inside holds outside.
 *
 * Source: zod 4, "Metadata and registries" and the `def` of each schema.
 */
import { z } from 'zod';

export type SettingKind = 'text' | 'integer' | 'number' | 'boolean' | 'list' | 'choice' | 'object' | 'value';

interface Wrapper {
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
}

/** The settings of a schema by key. */
export function settingsOf(schema: z.ZodObject): Readonly<Record<string, z.core.$ZodType>> {
  return schema.shape;
}

/** The schema and everything that it wraps, from the outside in. */
function layersOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const layers: z.core.$ZodType[] = [];
  for (let at: z.core.$ZodType | undefined = schema; at !== undefined;) {
    layers.push(at);
    const { innerType, in: input }: Wrapper = at._zod.def as Wrapper;
    at = innerType ?? input;
  }
  return layers;
}

/** The schema without its wrappers. */
export function coreOf(schema: z.core.$ZodType): z.core.$ZodType {
  return layersOf(schema).at(-1) ?? schema;
}

/** What `.meta()` says under `name`; the outermost layer that says something wins. */
export function metaOf(schema: z.core.$ZodType, name: string): unknown {
  for (const layer of layersOf(schema)) {
    const value = z.globalRegistry.get(layer)?.[name];
    if (value !== undefined) return value;
  }
  return undefined;
}

export function isSecret(schema: z.core.$ZodType): boolean {
  return metaOf(schema, 'secret') === true;
}

export function kindOf(schema: z.core.$ZodType): SettingKind {
  const core = coreOf(schema);
  if (core instanceof z.ZodNumber) return isIntegerSchema(core) ? 'integer' : 'number';
  if (core instanceof z.ZodBoolean) return 'boolean';
  if (core instanceof z.ZodArray || core instanceof z.ZodSet) return 'list';
  if (core instanceof z.ZodEnum || core instanceof z.ZodLiteral) return 'choice';
  if (core instanceof z.ZodObject || core instanceof z.ZodRecord) return 'object';
  return core instanceof z.ZodString || core instanceof z.ZodStringFormat ? 'text' : 'value';
}

function isIntegerSchema(schema: z.ZodNumber): boolean {
  return schema.format?.includes('int') === true;
}

/** The schema of a list's items; `undefined` when the schema is not of a list. */
export function itemOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const core = coreOf(schema);
  if (core instanceof z.ZodArray) return core.element;
  return core instanceof z.ZodSet ? core.def.valueType : undefined;
}

/** The schema of what lies at `path` inside; `undefined` when the schema does not say. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>((at, step) => {
    if (at === undefined) return undefined;
    const core = coreOf(at);
    if (core instanceof z.ZodObject) return settingsOf(core)[String(step)];
    return core instanceof z.ZodRecord ? core.valueType : itemOf(core);
  }, schema);
}

/** `0 to 65535`, `at least 1`, `debug, info`; `undefined` when everything of the kind is allowed. */
export function rangeOf(schema: z.core.$ZodType): string | undefined {
  const core = coreOf(schema);
  if (core instanceof z.ZodEnum) return core.options.join(', ');
  if (core instanceof z.ZodLiteral) return [...core.values].map(String).join(', ');
  if (core instanceof z.ZodNumber) return bounds(core.minValue, core.maxValue, '');
  if (core instanceof z.ZodStringFormat && core.format === 'url') return 'a URL';
  if (core instanceof z.ZodString || core instanceof z.ZodStringFormat) {
    return bounds(core.minLength, core.maxLength, ' characters');
  }
  return undefined;
}

function bounds(low: number | null, high: number | null, unit: string): string | undefined {
  const from = low === null || low <= Number.MIN_SAFE_INTEGER ? undefined : low;
  const to = high === null || high >= Number.MAX_SAFE_INTEGER ? undefined : high;
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`;
  if (from !== undefined) return `at least ${from}${unit}`;
  return to === undefined ? undefined : `at most ${to}${unit}`;
}

const NOUNS: Readonly<Record<SettingKind, string>> = {
  text: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  choice: 'one of',
  object: 'an object',
  value: 'a value',
};

/** What a setting takes, in words: `an integer from 0 to 65535`. */
export function expectedOf(schema: z.core.$ZodType): string {
  const kind = kindOf(schema);
  const range = rangeOf(schema);
  if (range === undefined) return NOUNS[kind];
  if (kind === 'choice') return `one of ${range}`;
  if (range === 'a URL') return range;
  const joint = range.startsWith('at ') ? 'of' : kind === 'text' ? 'of' : 'from';
  return `${NOUNS[kind]} ${joint} ${range}`;
}
