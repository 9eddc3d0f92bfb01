/**
 * The container that the settings name, with the credential that the environment has: a connection string, a key or a signature in the
 * variables that Azure's own command line reads, else the chain of Azure Identity (workload and managed identities, service principals,
 * the login of the command line).
 *
 * Source: Azure CLI, "Authorize access to blob or queue data"; Azure Identity for JavaScript, "DefaultAzureCredential".
 */
import { AnonymousCredential, BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { StoragePipelineOptions } from '@azure/storage-blob';
import { ProblemError } from '@feedfleet/problems';
import { openStorageAgents } from '../storage-agents.ts';
import type { OpenObjectStorageOptions } from '../storage-options.ts';
import { AzureStorage } from './azure-storage.ts';

type Environment = OpenObjectStorageOptions['environment'];

/** @throws ProblemError `FF_INVALID_SETTINGS` when nobody says where the storage is. */
export async function openAzureStorage({ settings, environment }: OpenObjectStorageOptions): Promise<AzureStorage> {
  const { storageContainer = '', storageUrl, storageCaFile, storageConnections } = settings;
  const agents = openStorageAgents({ caFile: storageCaFile, maxConnections: storageConnections });
  const isPlain = addressOf(storageUrl, environment).startsWith('http:');
  const options = {
    agent: isPlain ? agents.http : agents.https,
    allowInsecureConnection: isPlain,
    // Whoever waits decides whether it is worth another try; a connection that went stale is.
    retryOptions: { maxTries: 2, retryDelayInMs: 20, maxRetryDelayInMs: 100 },
  };
  const service = await serviceOf(storageUrl, environment, options);
  return new AzureStorage(service.getContainerClient(storageContainer), agents);
}

async function serviceOf(
  storageUrl: string | undefined,
  environment: Environment,
  options: StoragePipelineOptions,
): Promise<BlobServiceClient> {
  const connection = environment.AZURE_STORAGE_CONNECTION_STRING ?? '';
  if (connection !== '' && storageUrl === undefined) return BlobServiceClient.fromConnectionString(connection, options);
  const url = addressOf(storageUrl, environment);
  const account = environment.AZURE_STORAGE_ACCOUNT ?? partOf(connection, 'AccountName') ?? '';
  const key = environment.AZURE_STORAGE_KEY ?? partOf(connection, 'AccountKey') ?? '';
  if (account !== '' && key !== '') {
    return new BlobServiceClient(url, new StorageSharedKeyCredential(account, key), options);
  }
  const signature = environment.AZURE_STORAGE_SAS_TOKEN ?? partOf(connection, 'SharedAccessSignature') ?? '';
  if (signature !== '') {
    return new BlobServiceClient(`${url}?${signature.replace(/^\?/, '')}`, new AnonymousCredential(), options);
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new BlobServiceClient(url, new DefaultAzureCredential(), options);
}

function addressOf(storageUrl: string | undefined, environment: Environment): string {
  if (storageUrl !== undefined) return storageUrl.replace(/\/+$/, '');
  const connection = environment.AZURE_STORAGE_CONNECTION_STRING ?? '';
  if (connection !== '') return partOf(connection, 'BlobEndpoint') ?? 'https:';
  const account = environment.AZURE_STORAGE_ACCOUNT ?? '';
  if (account !== '') return `https://${account}.blob.core.windows.net`;
  const detail =
    'storageUrl: expected the address of the storage account, got none (from no place; set FEEDFLEET_STORAGE_URL, or AZURE_STORAGE_ACCOUNT)';
  throw new ProblemError('invalidSettings', { detail });
}

/** A part of a connection string: `Name=value;Name=value`. */
function partOf(connection: string, name: string): string | undefined {
  const found = connection.split(';').find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
