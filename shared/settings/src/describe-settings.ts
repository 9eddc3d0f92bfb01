/**
 * What a settings schema says about itself: names, kinds, defaults, ranges. The pages about settings are generated from it.
 */
import { z } from 'zod';
import { isSecret, kindOf, metaOf, rangeOf, settingsOf } from './schema-kinds.ts';
import type { SettingKind } from './schema-kinds.ts';

export interface SettingRow {
  readonly key: string;
  readonly environmentName: string;
  readonly kind: SettingKind;
  /** As it would be written in the settings file; `undefined` when there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  /** `0 to 65535`, `debug, info`; `undefined` when everything of the kind is allowed. */
  readonly range: string | undefined;
  /** From `.describe()` or `.meta({ description })`; empty when the schema says nothing. */
  readonly description: string;
  readonly secret: boolean;
}

/** Marks a setting whose value is never printed. */
export function secret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), secret: true });
}

/**
 * The environment variable of a setting: SCREAMING_SNAKE of its camelCase key.
 *
 * @example environmentName('FEEDFLEET_', 'listenPort'); // 'FEEDFLEET_LISTEN_PORT'
 */
export function environmentName(prefix: string, key: string): string {
  return prefix + key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** One row for each setting, in the order of the schema. */
export function describeSettings(schema: z.ZodObject, options: { readonly prefix: string }): readonly SettingRow[] {
  return Object.entries(settingsOf(schema)).map(([key, setting]) => {
    const absent = z.safeParse(setting, undefined);
    const hasDefault = absent.success && absent.data !== undefined;
    return {
      key,
      environmentName: environmentName(options.prefix, key),
      kind: kindOf(setting),
      default: hasDefault && !isSecret(setting) ? JSON.stringify(absent.data) : undefined,
      required: !absent.success,
      range: rangeOf(setting),
      description: descriptionOf(setting),
      secret: isSecret(setting),
    };
  });
}

function descriptionOf(setting: z.core.$ZodType): string {
  const description = metaOf(setting, 'description');
  return typeof description === 'string' ? description : '';
}
