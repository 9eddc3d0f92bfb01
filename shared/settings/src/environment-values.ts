/**
 * Values from the environment are text; the schema says what the text means.
 *
 * Text that does not fit stays text, so that the schema's complaint shows what was given.
 */
import type { z } from 'zod';
import { itemOf, kindOf } from './schema-kinds.ts';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);
const DECIMAL = /^[+-]?\d+(\.\d+)?$/;

/**
 * @param text - the value of the variable. Lists are parted by commas; objects are JSON.
 */
export function valueFromText(schema: z.core.$ZodType, text: string): unknown {
  const trimmed = text.trim();
  switch (kindOf(schema)) {
    case 'integer':
    case 'number':
      return DECIMAL.test(trimmed) ? Number(trimmed) : text;
    case 'boolean':
      return BOOLEANS.get(trimmed.toLowerCase()) ?? text;
    case 'list':
      return listFromText(schema, trimmed);
    case 'object':
      return objectFromText(trimmed);
    case 'text':
    case 'choice':
    case 'value':
      return text;
  }
}

function listFromText(schema: z.core.$ZodType, text: string): readonly unknown[] {
  const item = itemOf(schema);
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return item === undefined ? parts : parts.map((part) => valueFromText(item, part));
}

function objectFromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
