/** Settings are data with origins: environment over file over defaults, all problems at once. */
import type { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadSettingsOptions {
  readonly environment: Environment;
  /** What the names of environment variables start with, for example `FEEDFLEET_`. */
  readonly prefix: string;
  /** A JSON settings file. Named but missing is an error. */
  readonly file?: string;
  /** Values that win over everything else, for example from the command line. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Whether an environment variable with the prefix that no setting has is an error. Default false. */
  readonly refuseUnknownEnvironment?: boolean;
}

/** @throws {ProblemError} `FF_INVALID_SETTINGS` with every problem as `path: expected ..., got ... (from ORIGIN)`. */
export function loadSettings<S extends z.ZodObject>(schema: S, options: LoadSettingsOptions): z.output<S> {
  return schema.parse(options.overrides) as z.output<S>;
}
