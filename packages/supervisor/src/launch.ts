/** How a process is started: flags, limits, and its settings as environment variables. */
import path from 'node:path';
import { environmentName, originsAsEnvironment } from '@feedfleet/settings';
import type { Environment } from '@feedfleet/settings';
import type { DataFolder } from './data-folder.ts';
import { FAMILIES } from './fleet-process.ts';
import type { FleetProcess, ProcessName } from './fleet-process.ts';
import type { ClaimedAddress, FleetPorts } from './fleet-ports.ts';
import { PROCESS_SETTINGS, STORAGE_SETTINGS, WRITE_SETTINGS } from './process-settings.ts';
import type { Launch } from './supervised-process.ts';
import { ENVIRONMENT_PREFIX } from './supervisor-settings.ts';
import type { SupervisorSettings } from './supervisor-settings.ts';

/** What holds for all processes of a fleet. */
export interface FleetPlan {
  readonly settings: SupervisorSettings;
  /** Where its `processes` was given. */
  readonly originOfProcesses: string;
  readonly folder: DataFolder;
  /** Where compiled code is kept. */
  readonly codeFolder: string;
  readonly operatorToken: string;
  readonly fleetSecret: string;
  /** Whether the status page goes on when the supervisor is killed: only where the next one knows it again, and ends it. */
  readonly leavesStatus: boolean;
  /** Of the supervisor itself: settings of the processes may stand in it. */
  readonly environment: Environment;
}

const DEFAULT_OLD_SPACE_MB = 512;
/**
 * A start fills what it is given, and an idle process keeps it; Node's own is 16. The balancer, whose exchanges are many small
 * objects each, takes a sixth more processor time with 2 (ADR-0010).
 */
const DEFAULT_SEMI_SPACE_MB = 2;
const BALANCER_SEMI_SPACE_MB = 16;

type SettingValue = string | number | boolean | readonly string[];

export function launchOf(
  process: FleetProcess,
  address: ClaimedAddress,
  plan: FleetPlan,
  ports: Pick<FleetPorts, 'registryUrl' | 'balancerUrl' | 'balancerOpsUrl'>,
): Launch {
  const { settings, folder } = plan;
  const oldSpaceMb = settings.maxOldSpaceMb[process.name] ?? DEFAULT_OLD_SPACE_MB;
  const { own, origins } = ownSettings(process.name, plan);
  const given: Readonly<Record<string, SettingValue>> = {
    ...own,
    // Nothing sends requests its way that would have to hear of its end first.
    ...(process.name === 'status' ? { ...lookedAt(own, plan, ports), drainDelayMs: own.drainDelayMs ?? 0 } : {}),
    ...(process.name === 'status' && plan.leavesStatus
      ? { aloneLogFile: path.join(folder.logs, `${process.instance}.log`) }
      : {}),
    instance: settings.machine === undefined ? process.instance : `${settings.machine}.${process.instance}`,
    listenHost: address.host,
    listenPort: address.port,
    ...(address.opsPort === undefined ? {} : { opsPort: address.opsPort }),
    ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
    dataFolder: folder.root,
    registryUrl: ports.registryUrl,
    registryToken: plan.operatorToken,
    // The status page only looks, as anybody may.
    ...(process.name === 'status' ? {} : { fleetSecret: plan.fleetSecret }),
    // The balancer asks nobody for packages.
    ...(process.name === 'balancer' ? {} : { balancerUrl: ports.balancerUrl }),
    logLevel: settings.logLevel,
    drainMs: settings.drainMs,
  };
  const usualSemiSpaceMb = process.name === 'balancer' ? BALANCER_SEMI_SPACE_MB : DEFAULT_SEMI_SPACE_MB;
  return {
    entry: process.entry,
    flags: [
      '--disable-warning=ExperimentalWarning',
      ...(process.entry.endsWith('.js') ? ['--enable-source-maps'] : []),
      `--max-old-space-size=${oldSpaceMb}`,
      `--max-semi-space-size=${settings.maxSemiSpaceMb[process.name] ?? usualSemiSpaceMb}`,
    ],
    environment: {
      NODE_COMPILE_CACHE: plan.codeFolder,
      ...plan.environment,
      ...asEnvironment(given),
      ...originsAsEnvironment(ENVIRONMENT_PREFIX, origins),
    },
  };
}

interface OwnSettings {
  readonly own: Readonly<Record<string, SettingValue>>;
  /** The user has written none of the variables that the process gets, and would look for them in vain. */
  readonly origins: Readonly<Record<string, string>>;
}

/**
 * What the process itself is told; and what `push` is told of pushes, which have the same limits wherever they are taken, and of the
 * storage, which is the same for all.
 */
function ownSettings(name: ProcessName, { settings: { processes }, originOfProcesses }: FleetPlan): OwnSettings {
  const own = new Map<string, { readonly value: SettingValue; readonly from: ProcessName }>();
  const ofPush = FAMILIES.includes(name) ? [...WRITE_SETTINGS, ...STORAGE_SETTINGS] : [];
  for (const [from, keys] of [
    ['push', ofPush],
    [name, PROCESS_SETTINGS[name]],
  ] as const) {
    for (const [key, value] of Object.entries(processes[from] ?? {}))
      if (keys.includes(key)) own.set(key, { value, from });
  }
  return {
    own: Object.fromEntries([...own].map(([key, { value }]) => [key, value])),
    origins: Object.fromEntries(
      [...own].map(([key, { from }]) => [key, `processes.${from}.${key} in ${originOfProcesses}`]),
    ),
  };
}

function asEnvironment(settings: Readonly<Record<string, SettingValue>>): Environment {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      environmentName(ENVIRONMENT_PREFIX, key),
      typeof value === 'object' ? value.join(',') : String(value),
    ]),
  );
}

/** What the status page looks at beside the families: the balancer's counters, its certificate where it has one, and that of the storage. */
function lookedAt(
  own: Readonly<Record<string, SettingValue>>,
  { settings, environment }: Pick<FleetPlan, 'settings' | 'environment'>,
  { balancerUrl, balancerOpsUrl }: Pick<FleetPorts, 'balancerUrl' | 'balancerOpsUrl'>,
): Readonly<Record<string, SettingValue>> {
  const tlsPort = settings.processes.balancer?.tlsPort ?? environment.FEEDFLEET_TLS_PORT ?? '';
  const isTold = own.certificateUrls !== undefined || (environment.FEEDFLEET_CERTIFICATE_URLS ?? '') !== '';
  const storageUrl = settings.processes.push?.storageUrl ?? environment.FEEDFLEET_STORAGE_URL ?? '';
  const isStorageTold = own.storageUrls !== undefined || (environment.FEEDFLEET_STORAGE_URLS ?? '') !== '';
  return {
    ...(isStorageTold || storageUrl === '' ? {} : { storageUrls: [String(storageUrl)] }),
    ...(balancerOpsUrl === undefined ? {} : { balancerOpsUrls: [balancerOpsUrl] }),
    ...(isTold || tlsPort === ''
      ? {}
      : { certificateUrls: [`https://${new URL(balancerUrl).hostname}:${String(tlsPort)}`] }),
  };
}
