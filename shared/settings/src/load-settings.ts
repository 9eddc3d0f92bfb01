/**
 * Settings are data with origins: overrides win over the environment, that over the file, that over the schema's defaults.
 *
 * All problems are told at once. Unknown keys in the file are errors; an environment variable that is set to nothing counts
 * as not set. Who starts a process with settings of its own says where they came from in one more variable.
 */
import { ProblemError } from '@feedfleet/problems';
import type { z } from 'zod';
import { environmentName } from './describe-settings.ts';
import { valueFromText } from './environment-values.ts';
import { settingsOf } from './schema-kinds.ts';
import { faultSentences } from './setting-faults.ts';
import { readOrigins } from './setting-origins.ts';
import type { Environment } from './setting-origins.ts';
import { readSettingsFile } from './settings-file.ts';

export interface LoadSettingsOptions {
  readonly environment: Environment;
  /** What the names of environment variables start with, for example `FEEDFLEET_`. */
  readonly prefix: string;
  /** A JSON settings file. Named but missing is an error. */
  readonly file?: string;
  /** Values that win over everything else, for example from the command line. `undefined` is not given. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Whether an environment variable with the prefix that no setting has is an error. Default false. */
  readonly refuseUnknownEnvironment?: boolean;
  /** Environment variables with the prefix that are known although no setting has them, for example the one that names the file. */
  readonly knownEnvironment?: readonly string[];
}

interface Gathered {
  readonly values: Record<string, unknown>;
  readonly origins: Map<string, string>;
  readonly faults: string[];
}

/**
 * @param schema - a strict object; its keys are camelCase.
 * @throws {ProblemError} `FF_INVALID_SETTINGS` with every problem as `path: expected ..., got ... (from ORIGIN)`.
 * @example
 * loadSettings(z.strictObject({ listenPort: z.number().int() }), { environment: process.env, prefix: 'FEEDFLEET_' });
 */
export function loadSettings<S extends z.ZodObject>(schema: S, options: LoadSettingsOptions): z.output<S> {
  const gathered: Gathered = { values: {}, origins: new Map(), faults: [] };
  if (options.file !== undefined) takeFile(schema, options.file, gathered);
  takeEnvironment(schema, options, gathered);
  for (const [key, value] of Object.entries(options.overrides ?? {})) {
    if (value !== undefined) take(gathered, key, value, 'the command line');
  }
  const { values, origins, faults } = gathered;
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const originOf = (key: string) => origins.get(key) ?? `no place; set ${environmentName(options.prefix, key)}`;
    faults.push(...faultSentences(parsed.error.issues, { schema, values, originOf }));
  }
  if (!parsed.success || faults.length > 0) {
    throw new ProblemError('invalidSettings', { detail: faults.join('; ') });
  }
  return parsed.data;
}

function take(gathered: Gathered, key: string, value: unknown, origin: string): void {
  gathered.values[key] = value;
  gathered.origins.set(key, origin);
}

function takeFile(schema: z.ZodObject, file: string, gathered: Gathered): void {
  for (const [key, value] of Object.entries(readSettingsFile(file))) {
    if (Object.hasOwn(schema.shape, key)) take(gathered, key, value, file);
    else gathered.faults.push(unknownKey(key, Object.keys(schema.shape), file));
  }
}

function takeEnvironment(schema: z.ZodObject, options: LoadSettingsOptions, gathered: Gathered): void {
  const { environment, prefix } = options;
  const known = new Set(options.knownEnvironment);
  const origins = readOrigins(environment, prefix);
  for (const [key, setting] of Object.entries(settingsOf(schema))) {
    const name = environmentName(prefix, key);
    const text = environment[name];
    known.add(name);
    if (text !== undefined && text !== '') take(gathered, key, valueFromText(setting, text), origins.get(key) ?? name);
  }
  if (options.refuseUnknownEnvironment !== true) return;
  for (const name of Object.keys(environment)) {
    if (name.startsWith(prefix) && !known.has(name)) {
      gathered.faults.push(unknownKey(name, [...known], 'the environment'));
    }
  }
}

/** More of them would hide what is wrong. */
const MAX_NAMES_TOLD = 20;

function unknownKey(key: string, known: readonly string[], origin: string): string {
  const expected = known.length > MAX_NAMES_TOLD ? 'the name of a setting' : `one of ${known.join(', ')}`;
  return `${key}: expected ${expected}, got an unknown name (from ${origin})`;
}
