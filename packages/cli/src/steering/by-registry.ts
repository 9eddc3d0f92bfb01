/** What needs the registry, and what is said when it is dead. */
import { ProblemError } from '@feedfleet/problems';

import { findRegistry } from '../connection.ts';
import type { CliParts, RegistryPort } from '../parts.ts';
import type { SteeringOptions } from './steering-options.ts';

/** @throws {ProblemError} `FF_REGISTRY_UNAVAILABLE` that names `--break-glass`. */
export async function byRegistry<T>(
  options: SteeringOptions,
  parts: CliParts,
  act: (registry: RegistryPort) => Promise<T>,
): Promise<T> {
  try {
    return await act(parts.openRegistry(await findRegistry(options, parts)));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'FF_REGISTRY_UNAVAILABLE') throw error;
    const detail = `${error.detail ?? ''} --break-glass tells the balancers directly.`.trim();
    throw new ProblemError('registryUnavailable', { detail, cause: error });
  }
}
