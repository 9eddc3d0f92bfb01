/**
 * Where settings that one process passes to another as environment variables really came from: one more variable, a JSON object by
 * key. They only name a place in a complaint, so what cannot be read counts as nothing said.
 */
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

const originsSchema = z.record(z.string(), z.string());

const variableOf = (prefix: string) => `${prefix}SETTING_ORIGINS`;

/** @param origins - by key of the setting, for example `processes.v2.cacheBytes in feedfleet.json`. */
export function originsAsEnvironment(prefix: string, origins: Readonly<Record<string, string>>): Environment {
  return { [variableOf(prefix)]: JSON.stringify(origins) };
}

/** By key of the setting; the others came from their own variable. */
export function readOrigins(environment: Environment, prefix: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(originsSchema.parse(JSON.parse(environment[variableOf(prefix)] ?? '{}'))));
  } catch {
    return new Map();
  }
}
