/** From settings to a running fleet, and to its end. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '@feedfleet/settings';
import { bootstrap } from './bootstrap-registry.ts';
import type { Bootstrapped } from './bootstrap-registry.ts';
import { cliCommand } from './cli-command.ts';
import type { CliPlace } from './cli-command.ts';
import { codeFolderOf } from './code-folder.ts';
import { openDataFolder } from './data-folder.ts';
import { listenForEnd } from './end-requests.ts';
import { FleetFile } from './fleet-file.ts';
import { takeFleetLock } from './fleet-lock.ts';
import { FleetPorts } from './fleet-ports.ts';
import { fleetProcesses } from './fleet-process.ts';
import { Fleet } from './fleet.ts';
import type { StartedFleet } from './fleet.ts';
import { StartedProcesses, knowsAgain } from './left-behind.ts';
import { renderNugetConfig } from './nuget-config.ts';
import { assertSecrets, fleetSecret, operatorToken } from './kept-secrets.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { renderStartScreen } from './start-screen.ts';
import type { Ink, StartScreen } from './start-screen.ts';
import { linuxScheduling, sharesBySession } from './linux-scheduling.ts';
import { StandingBack } from './standing-back.ts';
import { loadSupervisorSettings, originOfProcesses } from './supervisor-settings.ts';

export interface SupervisorOptions {
  readonly shell: NodeJS.Process;
  readonly environment: Environment;
  /** The supervisor's own `main` file. */
  readonly ownEntry: string;
  readonly ink: Ink;
  readonly exit: (code: number) => void;
}

/** What processes of a fleet that was killed may take to end beyond their drain, in milliseconds. */
const PATIENCE_MS = 1_000;

/** @returns when the fleet has ended. @throws {ProblemError} when it cannot start. */
export async function runSupervisor(options: SupervisorOptions): Promise<void> {
  const { shell, environment, ink } = options;
  const now = () => performance.now();
  const ending = new AbortController();
  const settings = loadSupervisorSettings(environment, shell.cwd());
  const folder = openDataFolder(path.resolve(settings.data));
  const lock = takeFleetLock(folder.root, shell.pid);
  const isPart = settings.joinRegistry !== undefined;
  const secrets = secretsIn(folder.secrets, isPart);
  const ports = new FleetPorts({ settings, file: FleetFile.open(folder.root), random: Math.random });
  const progress = createProgress((text) => void shell.stdout.write(text), ink);
  // Loaded when it is needed, since the ports are not known before.
  const registryApi = async () => {
    const { RegistryApi, sendByNode } = await import('@feedfleet/registry-client');
    return new RegistryApi({ url: ports.registryUrl, token: secrets.operatorToken, send: sendByNode });
  };
  const codeFolder = codeFolderOf(options.ownEntry, folder.root);
  const given = { originOfProcesses: originOfProcesses(environment, shell.cwd()), leavesStatus: knowsAgain() };
  const plan = { settings, ...given, folder, codeFolder, ...secrets, environment };
  const started = StartedProcesses.open(folder.root);
  const counts = { ...settings.instances, status: settings.status ? 1 : 0, registry: isPart ? 0 : 1 };
  const processes = fleetProcesses(options.ownEntry, counts);
  const standingBack = settings.standBack ? standingBackOf(progress, now) : undefined;
  const fleet = new Fleet({ plan, processes, ports, started, progress, standingBack, now, random: Math.random });
  const ended = Promise.withResolvers<undefined>();
  listenForEnd(shell, {
    now,
    onEnd: () => {
      ending.abort();
      ended.resolve(undefined);
    },
    onEndAtOnce: () => {
      fleet.kill();
      options.exit(1);
    },
  });
  try {
    const hung = await started.endLeftBehind(settings.drainMs + PATIENCE_MS, ending.signal);
    if (hung.length > 0) progress.note(`feedfleet ended ${hung.join(', ')} of the last start, which hung`);
    await ports.prepare(ending.signal);
    progress.note(`feedfleet starts on ${folder.root}`);
    const up = await Promise.race([fleet.start(ending.signal), ended.promise]);
    if (up !== undefined) {
      // Last, and shown before anything else is done: a key that was made in a start that failed would be lost.
      const hasRegistry = !isPart && !up.down.some(({ name }) => name === 'registry');
      const bootstrapped = hasRegistry ? await bootstrap(await registryApi(), settings.firstFeed) : undefined;
      const place = { ownEntry: options.ownEntry, dataFolder: folder.root, platform: shell.platform };
      const screen = screenOf({ down: up.down, bootstrapped }, ports, place, settings);
      shell.stdout.write(renderStartScreen({ ...screen, startMs: now() }, ink));
      writeNugetConfig(screen);
      if (shell.connected) shell.send?.({ type: 'ready', url: screen.url });
      await ended.promise;
    }
    progress.note('feedfleet drains ...');
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    standingBack?.close();
    await fleet.drain();
    lock.release();
  }
}

function secretsIn(folder: string, isPart: boolean) {
  if (isPart) assertSecrets(folder);
  return { operatorToken: operatorToken(folder), fleetSecret: fleetSecret(folder) };
}

/** @returns `undefined` where the kernel cannot do it, which is told on Linux, where one could expect it. */
function standingBackOf(progress: Progress, now: () => number): StandingBack | undefined {
  if (sharesBySession()) {
    return new StandingBack({ scheduling: linuxScheduling, now, tell: (...told) => progress.standsBack(...told) });
  }
  if (process.platform === 'linux') {
    progress.note('feedfleet cannot have busy families stand back: the kernel shares no processors by session');
  }
  return undefined;
}

function screenOf(
  { bootstrapped, down }: StartedFleet & { readonly bootstrapped: Bootstrapped | undefined },
  ports: FleetPorts,
  place: CliPlace,
  settings: { readonly publicUrl?: string | undefined; readonly firstFeed: string },
) {
  return {
    url: settings.publicUrl?.replace(/\/+$/, '') ?? ports.balancerUrl,
    registryUrl: ports.registryUrl,
    statusUrl: ports.statusUrl,
    dataFolder: place.dataFolder,
    feed: bootstrapped?.feed ?? settings.firstFeed,
    adminKey: bootstrapped?.adminKey,
    newKeyCommand: cliCommand(place, 'key create --admin'),
    down,
  };
}

function writeNugetConfig({ url, feed, dataFolder }: Pick<StartScreen, 'url' | 'feed' | 'dataFolder'>): void {
  writeFileSync(path.join(dataFolder, 'nuget.config'), renderNugetConfig(`${url}/F/${feed}/api/v3/index.json`));
}
