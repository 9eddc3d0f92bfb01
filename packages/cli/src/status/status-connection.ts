/** The status process that a command talks to: named, or the one of the fleet on this machine, which need not run for that. */
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import { sendByNode } from '@feedfleet/registry-client';
import type { RegistryRequest } from '@feedfleet/registry-client';
import { z } from 'zod';

import { apiKeyOf, localStatusUrl, readOperatorToken, webUrlOf } from '../connection.ts';
import { withoutSecrets } from '../failure.ts';
import type { CliParts, RegistryAddress } from '../parts.ts';
import type { SharedOptions } from '../leaf-command.ts';
import { Option, type Command } from 'commander';

export interface StatusOptions extends SharedOptions {
  readonly status?: string;
}

export interface StatusCall<T> {
  readonly method: RegistryRequest['method'];
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

const TIMEOUT_MS = 10_000;
const problemSchema = z.object({ code: z.string(), detail: z.string().optional() });

export function addStatusOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--status <url>',
      'status process (or FEEDFLEET_STATUS_URL); --key is then the operator token of its fleet',
    ).helpGroup('Connection:'),
  );
}

export function namedStatus(
  { status }: StatusOptions,
  { environment }: Pick<CliParts, 'environment'>,
): string | undefined {
  const given = status ?? environment.FEEDFLEET_STATUS_URL ?? '';
  return given === '' ? undefined : webUrlOf('--status', given);
}

/**
 * The operator token of this machine goes to the status process of its own fleet alone.
 *
 * @throws {ProblemError} `FF_NO_FLEET` when none is known, `FF_UNAUTHENTICATED` when one that was named needs a key.
 */
export async function findStatus(options: StatusOptions, parts: CliParts): Promise<RegistryAddress> {
  const named = namedStatus(options, parts);
  const own = await localStatusUrl(options, parts).catch((error: unknown) => {
    if (named === undefined) throw error;
  });
  const url = named ?? own;
  if (url === undefined)
    throw new ProblemError('noFleet', { detail: 'the fleet has no status page: name one with --status' });
  const key = apiKeyOf(options, parts);
  if (key !== undefined) return { url, token: key };
  if (url === own) return { url, token: await readOperatorToken(options, parts) };
  throw new ProblemError('unauthenticated', {
    detail: `${withoutSecrets(url)} is not of this machine's fleet: give its operator token with --key or FEEDFLEET_API_KEY`,
  });
}

/** @throws {ProblemError} with the code that the status process told, `FF_UNAVAILABLE` when it does not answer as one. */
export async function askStatus<T>(
  { url, token }: RegistryAddress,
  call: StatusCall<T>,
  signal: AbortSignal,
): Promise<T> {
  const { method, path, body, answer } = call;
  const asked = { method, url: new URL(url + path), token, body, timeoutMs: TIMEOUT_MS, signal };
  const response = await sendByNode(asked).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unavailable(url, error instanceof Error ? error.message : String(error));
  });
  const problem = problemSchema.safeParse(response.data);
  if (response.status >= 300 && problem.success) throw problemOf(problem.data, url, response.status);
  const parsed = answer.safeParse(response.data);
  if (response.status < 300 && parsed.success) return parsed.data;
  throw unavailable(url, `it answered ${response.status}, not as a status process does`);
}

function problemOf({ code, detail }: z.output<typeof problemSchema>, url: string, status: number): ProblemError {
  const names = Object.keys(problemRegistry) as (keyof typeof problemRegistry)[];
  const name = names.find((each) => problemRegistry[each].code === code);
  if (name === undefined) return unavailable(url, `it answered ${status} ${code}`);
  return new ProblemError(name, detail === undefined ? {} : { detail });
}

function unavailable(url: string, why: string): ProblemError {
  return new ProblemError('unavailable', { detail: `the status process at ${withoutSecrets(url)}: ${why}` });
}
