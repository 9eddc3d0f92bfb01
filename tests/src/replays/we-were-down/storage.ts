/** The storage service that the packages of the fleet are in: Azurite over HTTPS, whose certificate expires when it is told. */
import { startAzurite } from '@feedfleet/test-storage';
import type { TestStorage } from '@feedfleet/test-storage';

export interface DayStorage {
  /** For a fleet that has its packages there. */
  readonly environment: Readonly<Record<string, string>>;
  /** Connections from before end, and whoever connects is shown a certificate that expired a moment ago. */
  expire(): Promise<void>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface DayStorageOptions {
  /** How long it may take for an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether processes keep files of it. */
  readonly isCached: boolean;
}

const NO_CACHE = { FEEDFLEET_STORAGE_CACHE_BYTES: '0', FEEDFLEET_BLOB_CACHE_BYTES: '0' } as const;
/** Certificates hold in whole seconds. */
const EXPIRED_MS = -1_000;

export async function openDayStorage(options: DayStorageOptions): Promise<DayStorage> {
  const azurite = await startAzurite();
  const again = async (validity: Parameters<TestStorage['start']>[0]): Promise<void> => {
    await azurite.stop();
    await azurite.start(validity);
  };
  return {
    environment: {
      FEEDFLEET_STORAGE: 'azure',
      FEEDFLEET_STORAGE_URL: azurite.url,
      FEEDFLEET_STORAGE_CONTAINER: azurite.container,
      FEEDFLEET_STORAGE_CA_FILE: azurite.caFile,
      FEEDFLEET_STORAGE_TIMEOUT_MS: String(options.timeoutMs),
      ...azurite.environment,
      ...(options.isCached ? {} : NO_CACHE),
    },
    expire: () => again({ validMs: EXPIRED_MS }),
    renew: () => again({}),
    close: () => azurite.dispose(),
  };
}
