/**
 * Azure Blob Storage by its own SDK.
 *
 * Source: Azure Storage REST API, "Put Blob", "Put Block", "Put Block List", "Specifying conditional headers for Blob service
 * operations", "Blob service error codes".
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { RestError } from '@azure/storage-blob';
import type { BlobRequestConditions, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
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

const NO_BLOB = 'BlobNotFound';
/** Another writer was faster; that of the blocks has put its own list in the place of all that were sent. */
const REFUSALS: readonly string[] = ['ConditionNotMet', 'BlobAlreadyExists', 'InvalidBlockList', 'InvalidBlobOrBlock'];

export class AzureStorage implements ObjectStorage {
  readonly title = 'Azure Blob Storage';
  readonly #container: ContainerClient;
  readonly #agents: StorageAgents;

  constructor(container: ContainerClient, agents: StorageAgents) {
    this.#container = container;
    this.#agents = agents;
  }

  async facts(key: string, abortSignal: AbortSignal): Promise<ObjectFacts | undefined> {
    const found = await unlessAbsent(this.#blob(key).getProperties({ abortSignal }));
    if (found === undefined) return undefined;
    const { contentLength, etag = '', metadata } = found;
    return { sizeBytes: contentLength ?? 0, tag: etag, sha512: metadata?.sha512 };
  }

  async read(key: string, abortSignal: AbortSignal): Promise<StoredObject | undefined> {
    const found = await unlessAbsent(this.#blob(key).download(0, undefined, { abortSignal, maxRetryRequests: 0 }));
    const body = found?.readableStreamBody;
    if (body === undefined) return undefined;
    return { sizeBytes: found?.contentLength ?? 0, body: body instanceof Readable ? body : Readable.from(body) };
  }

  async write(key: string, file: ObjectFile, options: WriteOptions): Promise<'written' | 'refused'> {
    try {
      await (file.sizeBytes <= PART_BYTES
        ? this.#writeWhole(key, file, options)
        : this.#writeParts(key, file, options));
      return 'written';
    } catch (error) {
      if (REFUSALS.includes(codeOf(error))) return 'refused';
      throw error;
    }
  }

  /** Only what was there when it was looked at: a request that is late does not take away what was written since. */
  async remove(key: string, abortSignal: AbortSignal): Promise<void> {
    const facts = await this.facts(key, abortSignal);
    if (facts === undefined) return;
    await unlessAbsent(
      this.#blob(key).delete({ abortSignal, deleteSnapshots: 'include', conditions: { ifMatch: facts.tag } }),
    );
  }

  failureOf(error: unknown): StorageFailure {
    if (error instanceof RestError && error.statusCode !== undefined) {
      const retryAfter = error.response?.headers.get('retry-after');
      return statusFailure({ status: error.statusCode, code: codeOf(error), retryAfter }, error);
    }
    if (
      error instanceof Error &&
      /^(?:CredentialUnavailable|AggregateAuthentication|Authentication)Error$/.test(error.name)
    ) {
      return new StorageFailure('noCredential', { detail: 'no credential for the storage is found', cause: error });
    }
    return networkFailure(error, this.#agents.expiredAt());
  }

  close(): void {
    this.#agents.close();
  }

  #blob(key: string): BlockBlobClient {
    return this.#container.getBlockBlobClient(key);
  }

  async #writeWhole(key: string, file: ObjectFile, options: WriteOptions): Promise<void> {
    for await (const { bytes, md5 } of partsOf(file.path)) {
      await this.#blob(key).upload(bytes, bytes.byteLength, {
        abortSignal: options.signal,
        ...factsOf(file, md5, options),
      });
    }
  }

  async #writeParts(key: string, file: ObjectFile, options: WriteOptions): Promise<void> {
    const { signal: abortSignal, progress } = options;
    const blob = this.#blob(key);
    const whole = createHash('md5');
    const blocks: string[] = [];
    // Two who write the same file at the same time must not mix their blocks.
    const upload = crypto.randomUUID();
    for await (const { number, bytes, md5 } of partsOf(file.path)) {
      const block = Buffer.from(`${upload} ${String(number).padStart(6, '0')}`).toString('base64');
      await blob.stageBlock(block, bytes, bytes.byteLength, { abortSignal, transactionalContentMD5: md5 });
      whole.update(bytes);
      blocks.push(block);
      progress();
    }
    await blob.commitBlockList(blocks, { abortSignal, ...factsOf(file, whole.digest(), options) });
  }
}

function factsOf(
  { sha512 }: ObjectFile,
  blobContentMD5: Buffer,
  { condition }: Pick<WriteOptions, 'condition'>,
): {
  readonly conditions: BlobRequestConditions;
  readonly metadata: Record<string, string>;
  readonly blobHTTPHeaders: { readonly blobContentMD5: Buffer; readonly blobContentType: string };
} {
  const blobHTTPHeaders = { blobContentMD5, blobContentType: 'application/octet-stream' };
  return { conditions: conditionsOf(condition), metadata: { sha512 }, blobHTTPHeaders };
}

function conditionsOf(condition: WriteCondition): BlobRequestConditions {
  return condition.kind === 'absent' ? { ifNoneMatch: '*' } : { ifMatch: condition.tag };
}

/** @returns undefined only when the storage says that there is no such blob: a container that is not there tells nothing of it. */
async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === NO_BLOB) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof RestError)) return '';
  // An answer to HEAD has no body to tell it.
  return error.response?.headers.get('x-ms-error-code') ?? error.code ?? '';
}
