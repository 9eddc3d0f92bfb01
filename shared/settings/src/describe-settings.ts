/**
 * What a settings schema says about itself: names, kinds, defaults, ranges. The pages about settings are generated from it.
 */
import type { z } from 'zod';

export interface SettingRow {
  readonly key: string;
  readonly environmentName: string;
  readonly kind: string;
  /** As it would be written in the settings file; `undefined` when there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  readonly range: string | undefined;
  readonly description: string;
  readonly secret: boolean;
}

/** Marks a setting whose value is never printed. */
export function secret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), secret: true }) as T;
}

/** `listenPort` with the prefix `FEEDFLEET_` is `FEEDFLEET_LISTEN_PORT`. */
export function environmentName(prefix: string, key: string): string {
  return prefix + key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

export function describeSettings(schema: z.ZodObject, options: { readonly prefix: string }): readonly SettingRow[] {
  void schema;
  void options;
  return [];
}
