/**
 * Where each process listens: the public ones by the settings, the others where nobody else is. The status page takes another port
 * than its usual one when that is taken, unless it was told which.
 */
import { ProblemError } from '@feedfleet/problems';
import type { FleetFile } from './fleet-file.ts';
import type { FleetProcess } from './fleet-process.ts';
import { demandPort, lastingFault, listenFault, unusableAddress } from './listening.ts';
import type { PortDemand } from './listening.ts';
import { choosePort } from './port-plan.ts';
import type { SupervisorSettings } from './supervisor-settings.ts';

export interface ClaimedAddress {
  readonly host: string;
  readonly port: number;
  /** Of the listener for metrics, where a process has one of its own. */
  readonly opsPort: number | undefined;
}

export interface FleetPortsOptions {
  readonly settings: SupervisorSettings;
  readonly file: FleetFile;
  readonly random: () => number;
}

interface Choice {
  /** Where the host comes from, unless it is the loopback. */
  readonly hostSetting?: string;
  /** Taken when there is none of the last time. */
  readonly usual?: number | undefined;
}

const LOOPBACK = '127.0.0.1';
const STATUS = 'status-1';
const STATUS_OPS = 'status-1.ops';
const BALANCER_OPS = 'balancer-1.ops';
/** How long ports of a fleet that is just ending are waited for, in milliseconds. */
const PATIENCE_MS = 3_000;

export class FleetPorts {
  readonly #settings: SupervisorSettings;
  readonly #file: FleetFile;
  readonly #random: () => number;

  constructor({ settings, file, random }: FleetPortsOptions) {
    this.#settings = settings;
    this.#file = file;
    this.#random = random;
  }

  /** Where this machine reaches the registry. */
  get registryUrl(): string {
    const { joinRegistry } = this.#settings;
    if (joinRegistry !== undefined) return joinRegistry.replace(/\/+$/, '');
    return `http://${urlHost(this.#settings.registryHost)}:${this.#portOf('registry-1', this.#registryPort)}`;
  }

  /** Where this machine reaches the balancer. */
  get balancerUrl(): string {
    return `http://${urlHost(this.#settings.host)}:${this.#portOf('balancer-1', this.#settings.port)}`;
  }

  /** The balancer's listener for operations; known once a port was chosen for it. */
  get balancerOpsUrl(): string | undefined {
    const port = this.#file.portOf(BALANCER_OPS);
    return port === undefined ? undefined : `http://${LOOPBACK}:${port}`;
  }

  /** Where this machine reaches the status page; `undefined` without one. */
  get statusUrl(): string | undefined {
    const { status, statusHost, statusPort } = this.#settings;
    const port = this.#portOf(STATUS, statusPort ?? 0);
    return status && port !== 0 ? `http://${urlHost(statusHost)}:${port}` : undefined;
  }

  /** Called before anything is started, so that a port that is taken is told before there is something to end. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { host, registryHost, port } = this.#settings;
    const balancer = { what: 'balancer', setting: 'FEEDFLEET_PORT', hostSetting: 'host', patienceMs: PATIENCE_MS };
    await this.#prepare('balancer-1', { ...balancer, host, port }, signal);
    const registry = {
      what: 'registry',
      setting: 'FEEDFLEET_REGISTRY_PORT',
      hostSetting: 'registryHost',
      patienceMs: PATIENCE_MS,
    };
    if (this.#settings.joinRegistry === undefined)
      await this.#prepare('registry-1', { ...registry, host: registryHost, port: this.#registryPort }, signal);
    this.#keepAddresses();
  }

  async claim(process: FleetProcess, signal: AbortSignal): Promise<ClaimedAddress> {
    signal.throwIfAborted();
    const { host, registryHost, port } = this.#settings;
    if (process.name === 'registry')
      return this.#claimPublic(process.instance, registryHost, this.#registryPort, 'registryHost');
    if (process.name === 'balancer') {
      const opsPort = await this.#choose(BALANCER_OPS, LOOPBACK);
      return { ...(await this.#claimPublic(process.instance, host, port, 'host')), opsPort };
    }
    if (process.name === 'status') return this.#claimStatus();
    const { instanceHost } = this.#settings;
    const chosen = await this.#choose(process.instance, instanceHost, { hostSetting: 'instanceHost' });
    return { host: instanceHost, port: chosen, opsPort: undefined };
  }

  async #claimStatus(): Promise<ClaimedAddress> {
    const { statusHost: host, statusPort } = this.#settings;
    const isTold = statusPort !== undefined && statusPort !== 0;
    const port = isTold
      ? statusPort
      : await this.#choose(STATUS, host, { hostSetting: 'statusHost', usual: this.#usualStatusPort });
    // It counts there, and is started later.
    await this.#choose(BALANCER_OPS, LOOPBACK);
    this.#keepAddresses();
    return { host, port, opsPort: await this.#choose(STATUS_OPS, LOOPBACK) };
  }

  /** The one after the registry. */
  get #usualStatusPort(): number | undefined {
    const registry = this.#registryPort;
    const wantsAny = this.#settings.statusPort === 0 || registry === 0 || registry === 65_535;
    return wantsAny ? undefined : registry + 1;
  }

  #keepAddresses(): void {
    const { registryUrl, balancerUrl, statusUrl } = this;
    this.#file.keepAddresses({ registryUrl, balancerUrl, statusUrl });
  }

  get #registryPort(): number {
    const { port, registryPort } = this.#settings;
    return registryPort ?? (port === 0 || port === 65_535 ? 0 : port + 1);
  }

  #portOf(instance: string, asked: number): number {
    return asked === 0 ? (this.#file.portOf(instance) ?? 0) : asked;
  }

  /** Where any port will do, another one is kept when the one of the last time is taken for good. */
  async #prepare(instance: string, demand: PortDemand, signal: AbortSignal): Promise<void> {
    if (demand.port !== 0) return demandPort(demand, signal);
    const kept = this.#file.portOf(instance);
    if (kept !== undefined) await lastingFault({ ...demand, port: kept }, signal);
    await this.#choose(instance, demand.host, { hostSetting: demand.hostSetting });
  }

  async #claimPublic(instance: string, host: string, asked: number, hostSetting: string): Promise<ClaimedAddress> {
    const port =
      asked === 0 ? (this.#file.portOf(instance) ?? (await this.#choose(instance, host, { hostSetting }))) : asked;
    return { host, port, opsPort: undefined };
  }

  async #choose(instance: string, host: string, { hostSetting, usual }: Choice = {}): Promise<number> {
    const { port: balancer, statusPort: status = 0 } = this.#settings;
    const given = new Set([...this.#file.portsOfOthers(instance), balancer, this.#registryPort, status]);
    const isFree = async (port: number) => {
      const fault = await listenFault(host, port);
      if (fault === undefined || fault === 'EADDRINUSE') return fault === undefined;
      if (hostSetting !== undefined) throw unusableAddress(hostSetting, host, fault);
      throw new ProblemError('startFailed', { detail: `${instance} cannot listen on ${host}:${port} (${fault})` });
    };
    const port = await choosePort(this.#file.portOf(instance) ?? usual, given, { isFree, random: this.#random });
    if (port === undefined) throw new ProblemError('portTaken', { detail: `no free port was found for ${instance}` });
    this.#file.keepPort(instance, port);
    return port;
  }
}

function urlHost(host: string): string {
  if (host === '0.0.0.0') return LOOPBACK;
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
