/** Everything that the command touches outside itself, so that tests run it in process. */
import type {
  BalancerApi,
  Clock,
  DatacentersApi,
  FamiliesApi,
  FeedsApi,
  InstancesApi,
  KeysApi,
  QuarantinesApi,
  RegistryApi,
  ReroutesApi,
  SourcesApi,
} from '@feedfleet/registry-client';

export interface TextOutput {
  write(text: string): void;
  /** The stream itself where it is a terminal: then there is a progress bar. */
  readonly terminal: NodeJS.WritableStream | undefined;
}

/** What the command asks of the registry. */
export interface RegistryPort extends Pick<RegistryApi, 'fleet'> {
  readonly feeds: Pick<FeedsApi, 'list' | 'get' | 'create' | 'update' | 'delete'>;
  readonly keys: Pick<KeysApi, 'list' | 'create' | 'revoke'>;
  readonly families: Pick<FamiliesApi, 'list' | 'update'>;
  readonly instances: Pick<InstancesApi, 'list' | 'update'>;
  readonly reroutes: Pick<ReroutesApi, 'list' | 'put' | 'delete'>;
  readonly quarantines: Pick<QuarantinesApi, 'list' | 'put' | 'delete'>;
  readonly datacenters: Pick<DatacentersApi, 'list' | 'failover'>;
  readonly sources: Pick<SourcesApi, 'list' | 'get' | 'create' | 'update' | 'delete' | 'graph' | 'effect'>;
}

/** What the command asks of a balancer itself. */
export type BalancerPort = Pick<BalancerApi, 'state' | 'override' | 'clear'>;

export interface RegistryAddress {
  readonly url: string;
  /** An API key with the scope `manage`, or the operator token of the data folder. */
  readonly token: string;
}

export interface CliParts {
  /** Of feedfleet, as `--version` prints it. */
  readonly version: string;
  /** The environment; only `FEEDFLEET_*` and `NO_COLOR` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingFolder: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Asks a yes-no question; `undefined` when nobody sits there to answer. */
  readonly confirm: ((question: string, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** All of standard input, as text; at most as much as a secret can have. */
  readonly readInput: () => Promise<string>;
  readonly clock: Clock;
  /** From 0 up to 1, for the jitter of retries. */
  readonly random: () => number;
  /** Aborts when the user presses Ctrl-C. */
  readonly signal: AbortSignal;
  readonly openRegistry: (address: RegistryAddress) => RegistryPort;
  /** @param address - of its listener for operations, with the operator token. */
  readonly openBalancer: (address: RegistryAddress) => BalancerPort;
}
