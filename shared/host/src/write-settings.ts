/** The settings of what takes packages: of the push endpoint's process, and of those that stand in for it. */
import { z } from 'zod';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export const writeSettingsShape = {
  maxPackageBytes: z
    .number()
    .int()
    .min(1024)
    .max(10 * GIB)
    .default(2 * GIB)
    .describe('Largest package of any feed, in bytes; the limit of a feed may be lower.'),
  maxConcurrentPushes: z.number().int().min(1).max(1000).default(16).describe('Packages that are published at a time.'),
  maxConcurrentUploads: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('Uploads under way at a time, at most a quarter of them to one feed; further ones are answered 503.'),
  minUploadBytesPerSecond: z
    .number()
    .int()
    .min(0)
    .max(GIB)
    .default(1024)
    .describe('Least average rate of an upload, judged after 30 s, in bytes per second; slower is 408; 0 for any.'),
  maxQueuedPushes: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .default(128)
    .describe('Uploaded packages that wait to be published; further ones are answered 503.'),
  refusedBodyBytes: z
    .number()
    .int()
    .min(0)
    .max(GIB)
    .default(64 * MIB)
    .describe('How much of a refused upload is read before the answer, in bytes: old clients read no answer before.'),
  refusedBodyMs: z
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(10_000)
    .describe('How long a refused upload is read before the answer, in ms.'),
};

export type WriteSettings = z.output<z.ZodObject<typeof writeSettingsShape>>;
