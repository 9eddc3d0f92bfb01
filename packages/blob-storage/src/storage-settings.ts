/**
 * The settings of where package files are kept, of every process that has any. Credentials are no settings: each provider's own chain
 * finds them.
 */
import { z } from 'zod';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export const storageSettingsShape = {
  storage: z
    .enum(['disk', 'azure', 's3'])
    .default('disk')
    .describe(
      'Where package files are kept: in the data folder, in Azure Blob Storage, or in a store that speaks S3. The same for all processes.',
    ),
  storageContainer: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a name of 3 to 63 lower-case letters, digits, "." or "-"')
    .optional()
    .describe('The container (azure) or bucket (s3), which has to exist. Needed where storage is not disk.'),
  storagePrefix: z
    .string()
    .max(200)
    .regex(/^(?:[A-Za-z0-9._-]+\/)*$/, 'nothing, or a path of letters, digits, ".", "_" and "-" that ends with "/"')
    .default('')
    .describe('What the names of package files begin with there, so that several fleets can share a container.'),
  storageUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Address of the storage: of the account (azure), or of a store other than that of AWS (s3). Default: from the environment of the provider.',
    ),
  storageRegion: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'a region such as eu-central-1')
    .optional()
    .describe('Region of the bucket (s3). Default: from the environment of the provider, else us-east-1.'),
  storageCaFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Certificates of authorities (PEM) that the storage may have its own from, beside those that Node knows.',
    ),
  storageTimeoutMs: z
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .describe('How long the storage may take for an answer, and between the bytes of one, in ms.'),
  storageConnections: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(32)
    .describe('Requests to the storage that a process has under way at a time.'),
  storageCacheBytes: z
    .number()
    .int()
    .min(0)
    .max(65_536 * GIB)
    .default(2 * GIB)
    .describe('Bound of the package files that a process keeps on the disk of what is in the storage, in bytes.'),
};

export type StorageSettings = z.output<z.ZodObject<typeof storageSettingsShape>>;

/** For `superRefine`: what is needed beside the kind of storage. */
export function refuseIncompleteStorage(settings: StorageSettings, context: z.RefinementCtx): void {
  if (settings.storage === 'disk' || settings.storageContainer !== undefined) return;
  const message = `the name of the container or bucket, where storage is ${settings.storage}`;
  context.addIssue({ code: 'custom', path: ['storageContainer'], message });
}

/** Parts of a file that are sent one by one: a storage takes so much at once, and memory holds it. */
export const PART_BYTES = 8 * MIB;
