/** Whether a port can be listened on: tried, because nothing else tells. */
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';

/** @returns the system's code when the port cannot be had, `undefined` when it can. */
export function listenFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

export interface PortDemand {
  readonly host: string;
  readonly port: number;
  /** Of whom, and how another is chosen: told when the port is taken. */
  readonly what: string;
  readonly setting: string;
  /** The setting that `host` comes from. */
  readonly hostSetting: string;
  /** How long a predecessor that is just ending is waited for, in milliseconds. */
  readonly patienceMs: number;
}

const RETRY_MS = 100;

/** @param fault - the system's code. */
export function unusableAddress(setting: string, host: string, fault: string): ProblemError {
  const detail = `${setting}: expected an address of this machine that can be listened on, got "${host}" (${fault})`;
  return new ProblemError('invalidSettings', { detail });
}

/** @returns as `listenFault`, once a predecessor that is just ending had `patienceMs` to leave the port. */
export async function lastingFault(
  { host, port, patienceMs }: Pick<PortDemand, 'host' | 'port' | 'patienceMs'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let waited = 0; ; waited += RETRY_MS) {
    const fault = await listenFault(host, port);
    if (fault !== 'EADDRINUSE' || waited >= patienceMs) return fault;
    await delay(RETRY_MS, undefined, { signal });
  }
}

/** @throws {ProblemError} `FF_PORT_TAKEN`, or `FF_INVALID_SETTINGS` for an address that the machine does not have. */
export async function demandPort(demand: PortDemand, signal: AbortSignal): Promise<void> {
  const { host, port, what, setting, hostSetting } = demand;
  const fault = await lastingFault(demand, signal);
  if (fault === undefined) return;
  if (fault !== 'EADDRINUSE' && fault !== 'EACCES') throw unusableAddress(hostSetting, host, fault);
  const why = fault === 'EACCES' ? 'is reserved for privileged processes' : 'is in use';
  throw new ProblemError('portTaken', {
    detail: `${host}:${port} for the ${what} ${why}; ${setting} chooses another one`,
  });
}
