/**
 * The bucket that the settings name, with the credential that the provider's own chain finds: the environment, the files of its command
 * line, a web identity, the role of the container or of the machine.
 *
 * Source: AWS SDK for JavaScript, "Credential providers", `fromNodeProviderChain`.
 */
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { OpenObjectStorageOptions } from '../storage-options.ts';
import { openStorageAgents } from '../storage-agents.ts';
import { S3Storage } from './s3-storage.ts';

/** Stores other than that of AWS take any. */
const USUAL_REGION = 'us-east-1';

export function openS3Storage({ settings, environment }: OpenObjectStorageOptions): S3Storage {
  const { storageContainer = '', storageUrl: endpoint, storageCaFile, storageConnections } = settings;
  const agents = openStorageAgents({ caFile: storageCaFile, maxConnections: storageConnections });
  const region = settings.storageRegion ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? USUAL_REGION;
  const credentials = keysIn(environment);
  const client = new S3Client({
    region,
    ...(credentials === undefined ? {} : { credentials }),
    // Other stores have no host name for each bucket.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: { httpAgent: agents.http, httpsAgent: agents.https },
    // Whoever waits decides whether it is worth another try; a connection that went stale is.
    maxAttempts: 2,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return new S3Storage(client, storageContainer, agents);
}

/** The first link of the chain, taken from the environment that was given; without, the chain looks on by itself. */
function keysIn(environment: OpenObjectStorageOptions['environment']): S3ClientConfig['credentials'] {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: token,
  } = environment;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
}
