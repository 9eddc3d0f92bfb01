/**
 * A store that speaks S3, by the SDK of AWS.
 *
 * Each part carries its MD5, which every such store compares, also those that do not know the newer checksums. What the conditions of
 * writes need is in S3 since 2024. A store that refuses them is looked at before each write instead, and one that does not heed them
 * overwrites: harmless, since the name is the hash of the content.
 *
 * Source: Amazon S3 API Reference, "PutObject", "UploadPart", "CompleteMultipartUpload", "Error responses"; Amazon S3 User Guide,
 * "Add preconditions to S3 operations with conditional requests".
 */
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { partsOf } from '../file-parts.ts';
import type {
  ObjectFacts,
  ObjectFile,
  ObjectStorage,
  StoredObject,
  WriteCondition,
  WriteOptions,
} from '../object-storage.ts';
import type { StorageAgents } from '../storage-agents.ts';
import { StorageFailure, networkFailure, statusFailure } from '../storage-failure.ts';
import { PART_BYTES } from '../storage-settings.ts';

const REFUSALS: readonly string[] = ['PreconditionFailed', 'ConditionalRequestConflict'];
/** Of a store that does not know a header. */
const NO_CONDITIONS = 'NotImplemented';
const CONTENT_TYPE = 'application/octet-stream';
const ABORT_MS = 5_000;

/** What is of interest of the errors of the SDK. */
interface ServiceError {
  readonly name: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

export class S3Storage implements ObjectStorage {
  readonly title = 'S3 storage';
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #agents: StorageAgents;
  /** Until the store has said that it has none. */
  #hasConditions = true;

  constructor(client: S3Client, bucket: string, agents: StorageAgents) {
    this.#client = client;
    this.#bucket = bucket;
    this.#agents = agents;
  }

  async facts(key: string, abortSignal: AbortSignal): Promise<ObjectFacts | undefined> {
    // An answer to HEAD does not tell an object that is not there from a bucket that is not: the write that follows does.
    const asked = this.#client.send(new HeadObjectCommand(this.#at(key)), { abortSignal });
    const found = await unlessAbsent(asked, ['NotFound', 'NoSuchKey']);
    if (found === undefined) return undefined;
    const { ContentLength: sizeBytes = 0, ETag: tag = '', Metadata: metadata } = found;
    return { sizeBytes, tag, sha512: metadata?.sha512 };
  }

  async read(key: string, abortSignal: AbortSignal): Promise<StoredObject | undefined> {
    const asked = this.#client.send(new GetObjectCommand(this.#at(key)), { abortSignal });
    const found = await unlessAbsent(asked, ['NoSuchKey']);
    if (found?.Body === undefined) return undefined;
    return { sizeBytes: found.ContentLength ?? 0, body: found.Body as Readable };
  }

  async write(key: string, file: ObjectFile, options: WriteOptions): Promise<'written' | 'refused'> {
    const isConditional = this.#hasConditions;
    if (!isConditional && !(await this.#holds(key, options))) return 'refused';
    try {
      await (file.sizeBytes <= PART_BYTES
        ? this.#writeWhole(key, file, options)
        : this.#writeParts(key, file, options));
      return 'written';
    } catch (error) {
      if (REFUSALS.includes(nameOf(error))) return 'refused';
      if (!isConditional || nameOf(error) !== NO_CONDITIONS) throw error;
      this.#hasConditions = false;
      return this.write(key, file, options);
    }
  }

  async remove(key: string, abortSignal: AbortSignal): Promise<void> {
    const asked = this.#client.send(new DeleteObjectCommand(this.#at(key)), { abortSignal });
    await unlessAbsent(asked, ['NoSuchKey']);
  }

  failureOf(error: unknown): StorageFailure {
    const { name, $metadata, $response } = (typeof error === 'object' ? error : {}) as ServiceError;
    const status = $metadata?.httpStatusCode;
    if (status !== undefined) {
      return statusFailure({ status, code: name, retryAfter: $response?.headers?.['retry-after'] }, error);
    }
    if (name === 'CredentialsProviderError') {
      return new StorageFailure('noCredential', { detail: 'no credential for the storage is found', cause: error });
    }
    return networkFailure(error, this.#agents.expiredAt());
  }

  close(): void {
    this.#client.destroy();
    this.#agents.close();
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }

  /** Whether the condition does so now: for a store that cannot be asked to write only then. */
  async #holds(key: string, { condition, signal }: WriteOptions): Promise<boolean> {
    const facts = await this.facts(key, signal);
    return condition.kind === 'absent' ? facts === undefined : facts?.tag === condition.tag;
  }

  #conditionsOf(condition: WriteCondition): { readonly IfNoneMatch?: '*'; readonly IfMatch?: string } {
    if (!this.#hasConditions) return {};
    return condition.kind === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.tag };
  }

  async #writeWhole(key: string, { path, sha512 }: ObjectFile, { condition, signal }: WriteOptions): Promise<void> {
    for await (const { bytes, md5 } of partsOf(path)) {
      const content = {
        Body: bytes,
        ContentMD5: md5.toString('base64'),
        ContentType: CONTENT_TYPE,
        Metadata: { sha512 },
      };
      const put = new PutObjectCommand({ ...this.#at(key), ...content, ...this.#conditionsOf(condition) });
      await this.#client.send(put, { abortSignal: signal });
    }
  }

  async #writeParts(key: string, file: ObjectFile, { condition, signal, progress }: WriteOptions): Promise<void> {
    const abortSignal = signal;
    const at = this.#at(key);
    const begin = new CreateMultipartUploadCommand({
      ...at,
      ContentType: CONTENT_TYPE,
      Metadata: { sha512: file.sha512 },
    });
    const { UploadId } = await this.#client.send(begin, { abortSignal });
    const upload = { ...at, UploadId };
    try {
      const Parts: CompletedPart[] = [];
      for await (const { number: PartNumber, bytes, md5 } of partsOf(file.path)) {
        const part = { ...upload, PartNumber, Body: bytes, ContentMD5: md5.toString('base64') };
        const { ETag } = await this.#client.send(new UploadPartCommand(part), { abortSignal });
        Parts.push({ PartNumber, ETag });
        progress();
      }
      const whole = { ...upload, MultipartUpload: { Parts }, ...this.#conditionsOf(condition) };
      await this.#client.send(new CompleteMultipartUploadCommand(whole), { abortSignal });
    } catch (error) {
      // What cannot be taken back is for the bucket's own rule about unfinished uploads.
      const abort = this.#client.send(new AbortMultipartUploadCommand(upload), {
        abortSignal: AbortSignal.timeout(ABORT_MS),
      });
      await abort.catch(() => undefined);
      throw error;
    }
  }
}

async function unlessAbsent<T>(asked: Promise<T>, absences: readonly string[]): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (absences.includes(nameOf(error))) return undefined;
    throw error;
  }
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}
