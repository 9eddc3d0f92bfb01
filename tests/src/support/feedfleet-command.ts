/** The command line, in process, as `main.ts` of the CLI puts it together, without a terminal. */
import { BalancerApi, RegistryApi, systemClock } from '@feedfleet/registry-client';

import { buildProgram } from '../../../packages/cli/src/index.ts';

export interface EndedCommand {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface CommandPlace {
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  /** Standard input. Default: empty. */
  readonly input?: string;
}

/** @example await feedfleet(['feed', 'list'], { environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder }) */
export async function feedfleet(args: readonly string[], place: CommandPlace): Promise<EndedCommand> {
  let [out, err] = ['', ''];
  const { run } = buildProgram({
    environment: place.environment,
    workingFolder: place.workingFolder,
    version: '0.0.0',
    stdout: { write: (text) => void (out += text), terminal: undefined },
    stderr: { write: (text) => void (err += text), terminal: undefined },
    confirm: undefined,
    readInput: () => Promise.resolve(place.input ?? ''),
    clock: systemClock,
    random: Math.random,
    signal: AbortSignal.timeout(60_000),
    openRegistry: (address) => new RegistryApi(address),
    openBalancer: (address) => new BalancerApi(address),
  });
  return { code: await run(args), out, err };
}

/** What a command prints, once it ended well and warned of nothing. */
export async function outputOf(args: readonly string[], place: CommandPlace): Promise<string> {
  const { code, out, err } = await feedfleet(args, place);
  if (code !== 0 || err !== '') throw new Error(`feedfleet ${args.join(' ')} ended with ${code}: ${err}${out}`);
  return out;
}

/** The document that a command prints with `--json`. */
export async function documentOf(
  args: readonly string[],
  place: CommandPlace,
): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await outputOf([...args, '--json'], place)) as Readonly<Record<string, unknown>>;
}
