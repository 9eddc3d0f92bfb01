/** The settings of a whole fleet on one machine. */
import { existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import path from 'node:path';
import { environmentName, loadSettings } from '@feedfleet/settings';
import type { Environment } from '@feedfleet/settings';
import { z } from 'zod';
import { PROCESS_NAMES, SEVERAL_INSTANCES } from './fleet-process.ts';
import { PROCESS_SETTINGS } from './process-settings.ts';

const port = z.number().int().min(0).max(65_535);
const processName = z.enum(PROCESS_NAMES);
const megabytes = z.number().int().min(32).max(1_048_576);

const shape = {
  data: z.string().min(1).default('./data').describe('The folder that holds everything the fleet keeps.'),
  host: z.string().min(1).default('127.0.0.1').describe('Address that the balancer listens on.'),
  port: port.default(5555).describe('Port of the balancer; 0 takes a free one and keeps it.'),
  registryHost: z.string().min(1).default('127.0.0.1').describe('Address that the registry listens on.'),
  registryPort: port.optional().describe('Port of the registry. Default: the one after the balancer.'),
  status: z.boolean().default(true).describe('Whether the status page runs here.'),
  statusHost: z.string().min(1).default('127.0.0.1').describe('Address that the status page listens on.'),
  statusPort: port
    .optional()
    .describe(
      'Port of the status page; 0 takes a free one and keeps it. Default: the one after the registry, or a free one.',
    ),
  joinRegistry: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'The registry of a fleet on another machine, of which this one becomes a part: no registry is started here. Needs machine, and the secrets of that fleet in the data folder.',
    ),
  machine: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/, 'a name of 1 to 30 letters, digits, "_" or "-"')
    .optional()
    .describe('Name of this machine among those of one registry: ids of its instances begin with it. Default: none.'),
  instanceHost: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe(
      'Address of this machine that the instances of families listen on, and by which balancers of others reach them.',
    ),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where clients reach the balancer, when that is not where it listens.'),
  firstFeed: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a feed name of 1 to 100 letters, digits, ".", "_" or "-"')
    .default('main')
    .describe('Name of the feed that the first start makes.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('The least level that is logged.'),
  drainMs: z.number().int().min(0).max(600_000).default(10_000).describe('How long a process may drain, in ms.'),
  instances: z
    .partialRecord(z.enum(SEVERAL_INSTANCES), z.number().int().min(1).max(64))
    .default({})
    .describe('How many instances of each reading family run, for example {"v3": 2}. Default: 1 each.'),
  maxOldSpaceMb: z
    .partialRecord(processName, megabytes)
    .default({})
    .describe('Memory limit of the JavaScript heap of each process, in MB. Default: 512 each.'),
  maxSemiSpaceMb: z
    .partialRecord(processName, z.number().int().min(1).max(256))
    .default({})
    .describe(
      'Memory of each process for what is short-lived, in MB; more takes fewer pauses under load. Default: 2 each, 16 for the balancer.',
    ),
  standBack: z
    .boolean()
    .default(true)
    .describe(
      'Whether a family that keeps a processor busy stands back for the others, and each process has a session of its own for that. Linux.',
    ),
  processes: z
    .partialRecord(
      processName,
      z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
    )
    .superRefine((processes, context) => {
      for (const [name, settings] of Object.entries(processes)) {
        const known = PROCESS_SETTINGS[name as keyof typeof processes];
        for (const key of Object.keys(settings)) {
          const message = `one of ${known.join(', ')} as the name of the setting`;
          if (!known.includes(key)) context.addIssue({ code: 'custom', path: [name, key], message });
        }
      }
    })
    .default({})
    .describe('Settings of one process, by its name; each process checks its own.'),
};

export const supervisorSettingsSchema = z.strictObject(shape).superRefine((settings, context) => {
  if (settings.joinRegistry !== undefined && settings.machine === undefined) {
    const message =
      'a name of this machine, where joinRegistry is set: instances of two machines must not have the same ids';
    context.addIssue({ code: 'custom', path: ['machine'], message });
  }
  const { port: balancer, registryPort } = settings;
  if (registryPort === undefined || registryPort === 0 || registryPort !== balancer || haveOwnAddresses(settings))
    return;
  const message = 'another port than the setting port gives to the balancer';
  context.addIssue({ code: 'custom', path: ['registryPort'], message });
});

/** Whether both may listen on the same port: two addresses that are certainly not the same, and neither stands for all. */
function haveOwnAddresses({ host, registryHost }: { readonly host: string; readonly registryHost: string }): boolean {
  const isOne = (address: string) => isIPv4(address) && address !== '0.0.0.0';
  return isOne(host) && isOne(registryHost) && host !== registryHost;
}

export type SupervisorSettings = Readonly<z.output<typeof supervisorSettingsSchema>>;

/** The prefix of all environment variables of a fleet. */
export const ENVIRONMENT_PREFIX = 'FEEDFLEET_';

const FILE_VARIABLE = 'FEEDFLEET_SETTINGS_FILE';
const FILE_NAME = 'feedfleet.json';
/** Of the command line and of the tests: they may stand in the same environment. */
const FOREIGN_VARIABLES = [
  'FEEDFLEET_API_KEY',
  'FEEDFLEET_REGISTRY_URL',
  'FEEDFLEET_STATUS_URL',
  'FEEDFLEET_OBSERVER_SECRET',
  'FEEDFLEET_REQUIRE',
];

/**
 * Reads the file that `FEEDFLEET_SETTINGS_FILE` names, else `feedfleet.json` in `folder` if there is one.
 *
 * @throws {ProblemError} `FF_INVALID_SETTINGS`.
 */
export function loadSupervisorSettings(environment: Environment, folder: string): SupervisorSettings {
  const file = settingsFileOf(environment, folder);
  return loadSettings(supervisorSettingsSchema, {
    environment,
    prefix: ENVIRONMENT_PREFIX,
    refuseUnknownEnvironment: true,
    knownEnvironment: [
      FILE_VARIABLE,
      ...FOREIGN_VARIABLES,
      ...Object.values(PROCESS_SETTINGS).flatMap((keys) => keys.map((key) => environmentName(ENVIRONMENT_PREFIX, key))),
    ],
    ...(file === undefined ? {} : { file }),
  });
}

/** Where `processes` comes from: its environment variable, else the settings file, as `loadSupervisorSettings` has it. */
export function originOfProcesses(environment: Environment, folder: string): string {
  const name = environmentName(ENVIRONMENT_PREFIX, 'processes');
  return (environment[name] ?? '') === '' ? (settingsFileOf(environment, folder) ?? 'no place') : name;
}

function settingsFileOf(environment: Environment, folder: string): string | undefined {
  const named = environment[FILE_VARIABLE];
  if (named !== undefined && named !== '') return path.resolve(folder, named);
  const usual = path.join(folder, FILE_NAME);
  return existsSync(usual) ? usual : undefined;
}
