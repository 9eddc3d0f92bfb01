/**
 * Which fleet a command talks to, and as whom: options first, then the environment, then the data folder of a fleet on
 * this machine, whose operator is whoever may read the token in it.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

import { dataFolderOf } from './data-folder.ts';
import { withoutSecrets } from './failure.ts';
import type { CliParts, RegistryAddress } from './parts.ts';

export interface ConnectionOptions {
  readonly registry?: string;
  readonly key?: string;
  readonly data?: string;
}

export interface BalancerOptions extends ConnectionOptions {
  /** Of listeners for operations. */
  readonly balancer?: readonly string[];
}

/** Written by the supervisor at every start. */
const fleetFileSchema = z.looseObject({
  registryUrl: z.url(),
  balancerUrl: z.url(),
  statusUrl: z.url().optional(),
  /** By instance, all on the loopback interface. */
  ports: z.record(z.string(), z.number().int()).default({}),
});
type FleetFile = z.infer<typeof fleetFileSchema>;

type Surroundings = Pick<CliParts, 'environment' | 'workingFolder'>;

/** The API key of the options or the environment; the operator token is no API key and never goes to a feed. */
export function apiKeyOf(options: ConnectionOptions, parts: Surroundings): string | undefined {
  const key = options.key ?? parts.environment.FEEDFLEET_API_KEY;
  if (key === undefined || key === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new ProblemError('usage', { detail: 'the API key has spaces, line ends or characters that no key has' });
}

function namedRegistry(options: ConnectionOptions, parts: Surroundings): string | undefined {
  const given = options.registry ?? parts.environment.FEEDFLEET_REGISTRY_URL ?? '';
  return given.replace(/\/+$/, '') === '' ? undefined : webUrlOf('--registry', given);
}

/** @returns `undefined` when there is no such file: no fleet was started on this data. */
async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = code === 'EACCES' ? 'you may not read it; run this as the operator of the fleet' : String(code);
    throw new ProblemError('noFleet', { detail: `${file}: ${why}`, cause: error });
  }
}

/** @throws {ProblemError} `FF_NO_FLEET` when no fleet was started on the data folder, `FF_USAGE` for a broken file. */
async function readFleetFile(options: ConnectionOptions, parts: Surroundings): Promise<FleetFile> {
  const file = path.join(await dataFolderOf(options.data, parts), 'fleet.json');
  const text = await readIfPresent(file);
  if (text === undefined) throw new ProblemError('noFleet', { detail: `there is no ${file}` });
  try {
    return fleetFileSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new ProblemError('noFleet', { detail: `${file} is not what a fleet writes`, cause: error });
  }
}

/** @throws {ProblemError} `FF_NO_FLEET` when neither options, environment nor data folder name a registry and a key. */
export async function findRegistry(options: ConnectionOptions, parts: Surroundings): Promise<RegistryAddress> {
  const named = namedRegistry(options, parts);
  const key = apiKeyOf(options, parts);
  const url = named ?? (await readFleetFile(options, parts)).registryUrl;
  // The operator token of this machine goes to this machine's registry alone, never to an address that was typed.
  if (key !== undefined) return { url, token: key };
  if (named !== undefined && named !== (await localRegistryUrl(options, parts))) {
    throw new ProblemError('unauthenticated', { detail: 'no key for the registry: give --key or FEEDFLEET_API_KEY' });
  }
  return { url, token: await readOperatorToken(options, parts) };
}

export async function readOperatorToken(options: ConnectionOptions, parts: Surroundings): Promise<string> {
  const tokenFile = path.join(await dataFolderOf(options.data, parts), 'secrets', 'operator.token');
  const token = (await readIfPresent(tokenFile))?.trim();
  if (token === undefined || token === '') throw new ProblemError('noFleet', { detail: `there is no ${tokenFile}` });
  return token;
}

/**
 * The balancers' listeners for operations: those that are named, else those of the fleet on this machine. The operator token of this
 * machine goes to addresses of its own fleet alone; others need it as key.
 *
 * @throws {ProblemError} `FF_NO_FLEET` when none is known, `FF_UNAUTHENTICATED` when one that was named needs a key.
 */
export async function findBalancers(
  options: BalancerOptions,
  parts: Surroundings,
): Promise<readonly [RegistryAddress, ...RegistryAddress[]]> {
  const named = (options.balancer ?? []).map((url) => webUrlOf('--balancer', url));
  const own = await localBalancers(options, parts).catch((error: unknown): readonly string[] => {
    if (named.length > 0) return [];
    throw error;
  });
  const key = apiKeyOf(options, parts);
  const [first, ...rest] = await Promise.all(
    (named.length > 0 ? named : own).map(async (url) => {
      if (own.includes(url)) return { url, token: key ?? (await readOperatorToken(options, parts)) };
      if (key !== undefined) return { url, token: key };
      throw new ProblemError('unauthenticated', {
        detail: `${withoutSecrets(url)} is not of this machine's fleet: give its operator token with --key or FEEDFLEET_API_KEY`,
      });
    }),
  );
  if (first === undefined)
    throw new ProblemError('noFleet', { detail: 'no balancer is known: name one with --balancer' });
  return [first, ...rest];
}

async function localBalancers(options: ConnectionOptions, parts: Surroundings): Promise<readonly string[]> {
  const { ports } = await readFleetFile(options, parts);
  return Object.entries(ports)
    .filter(([name]) => /^balancer-.*\.ops$/.test(name))
    .map(([, port]) => `http://127.0.0.1:${port}`);
}

/** Of the fleet on this machine. @throws {ProblemError} `FF_NO_FLEET` when no fleet was started on the data folder. */
export async function localStatusUrl(options: ConnectionOptions, parts: Surroundings): Promise<string | undefined> {
  return (await readFleetFile(options, parts)).statusUrl?.replace(/\/+$/, '');
}

/** @returns it without slashes at the end. @throws {ProblemError} `FF_USAGE`. */
export function webUrlOf(option: string, given: string): string {
  const url = given.replace(/\/+$/, '');
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ProblemError('usage', {
    detail: `${option}: expected an http or https URL, got "${withoutSecrets(url)}"`,
  });
}

export interface KnownInstance {
  readonly id: string;
  readonly url: string;
}

/** What the data folder says of the instances behind the balancer, for when the registry cannot; none of a fleet elsewhere. */
export async function findLocalInstances(
  options: ConnectionOptions,
  parts: Surroundings,
): Promise<readonly KnownInstance[]> {
  const named = namedRegistry(options, parts);
  if (named !== undefined && named !== (await localRegistryUrl(options, parts))) return [];
  const { ports } = await readFleetFile(options, parts);
  return Object.entries(ports)
    .filter(([id]) => !/^(registry|balancer|status)-|\.ops$/.test(id))
    .map(([id, port]) => ({ id, url: `http://127.0.0.1:${port}` }));
}

async function localRegistryUrl(options: ConnectionOptions, parts: Surroundings): Promise<string | undefined> {
  try {
    return (await readFleetFile(options, parts)).registryUrl.replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}

/**
 * The balancer of the fleet on this machine, without a slash at the end; of no other: a registry elsewhere means a
 * balancer elsewhere, and what is meant for the one fleet must not go to the other.
 */
export async function findBalancerUrl(options: ConnectionOptions, parts: Surroundings): Promise<string> {
  const named = namedRegistry(options, parts);
  if (named !== undefined && named !== (await localRegistryUrl(options, parts))) {
    throw new ProblemError('noFleet', {
      detail: `the registry at ${withoutSecrets(named)} is not of this machine's fleet`,
    });
  }
  return (await readFleetFile(options, parts)).balancerUrl.replace(/\/+$/, '');
}
