/** Secrets of package sources: from standard input or the environment, so that they need not stand on a command line. */
import { ProblemError } from '@feedfleet/problems';
import type { SourceCredentialWrite } from '@feedfleet/registry-client';
import { Option, type Command } from 'commander';

import type { CliParts } from '../parts.ts';

export interface SecretOptions {
  readonly user?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly apiKey?: string;
  readonly bearer?: string;
}

type SecretParts = Pick<CliParts, 'environment' | 'readInput'>;

const HELP = 'better - for standard input, or env:NAME for a variable';

export function addSecretOptions(command: Command): Command {
  const group = 'Credential:';
  return command
    .addOption(new Option('--user <name>', 'user name of Basic authentication').helpGroup(group))
    .addOption(new Option('--password <password>', `its password; ${HELP}`).helpGroup(group))
    .addOption(new Option('--password-stdin', 'the password is the first line of standard input').helpGroup(group))
    .addOption(new Option('--api-key <key>', `sent as X-NuGet-ApiKey; ${HELP}`).helpGroup(group))
    .addOption(new Option('--bearer <token>', `sent as a bearer token; ${HELP}`).helpGroup(group));
}

function refuse(detail: string): never {
  throw new ProblemError('usage', { detail });
}

async function secretOf(option: string, text: string, { environment, readInput }: SecretParts): Promise<string> {
  const isInput = text === '-';
  const variable = /^env:(.+)$/.exec(text)?.[1];
  const given = isInput
    ? (await readInput()).split(/\r?\n/, 1)[0]
    : variable === undefined
      ? text
      : environment[variable];
  if (given !== undefined && given !== '') return given;
  const where = isInput ? 'standard input is empty' : variable === undefined ? 'it is empty' : `${variable} is not set`;
  return refuse(`${option}: expected a secret, and ${where}`);
}

/**
 * The credential of the options; `undefined` when they say nothing of one.
 *
 * @throws {ProblemError} `FF_USAGE` for two credentials, half of one, or a secret that is not where it was said to be.
 */
export async function givenCredential(
  options: SecretOptions,
  parts: SecretParts,
): Promise<SourceCredentialWrite | undefined> {
  const { user, apiKey, bearer, passwordStdin = false } = options;
  if (passwordStdin && options.password !== undefined) refuse('give one of --password and --password-stdin');
  const password = passwordStdin ? '-' : options.password;
  const isBasic = user !== undefined || password !== undefined;
  if ([isBasic, apiKey !== undefined, bearer !== undefined].filter(Boolean).length > 1) {
    refuse('give one credential: --user with a password, --api-key or --bearer');
  }
  if (apiKey !== undefined) return { kind: 'apiKey', secret: await secretOf('--api-key', apiKey, parts) };
  if (bearer !== undefined) return { kind: 'bearer', secret: await secretOf('--bearer', bearer, parts) };
  if (!isBasic) return undefined;
  if (user === undefined) refuse('--password: --user is missing');
  if (password === undefined) refuse('--user: --password or --password-stdin is missing');
  return { kind: 'basic', userName: user, secret: await secretOf('--password', password, parts) };
}
