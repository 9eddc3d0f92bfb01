/** The endpoint host. */
import type { HostOptions, RunningHost } from './host-options.ts';

/** @throws {ProblemError} `FF_PORT_TAKEN` naming host and port. */
export function startHost(options: HostOptions): Promise<RunningHost> {
  return Promise.reject(new Error(`not here yet: ${options.service}`));
}
