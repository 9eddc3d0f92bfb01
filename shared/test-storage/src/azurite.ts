/**
 * Azurite, Microsoft's own emulator of Azure Storage, with a certificate of an authority of its own.
 *
 * Source: Azurite, "Command line options" and "HTTPS setup".
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BlobServiceClient, ContainerSASPermissions, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { ServerProcess } from './server-process.ts';
import { TestAuthority } from './test-authority.ts';
import type { TestStorage } from './test-storage.ts';

/** Known to everybody: Azurite has no other. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const CONTAINER = 'packages';
const DAY_MS = 86_400_000;

export interface AzuriteStorage extends TestStorage {
  /** With a credential that may read and nothing else. */
  readOnlyEnvironment(): Promise<Readonly<Record<string, string>>>;
}

export async function startAzurite(): Promise<AzuriteStorage> {
  const azurite = new Azurite(await mkdtemp(path.join(tmpdir(), 'feedfleet-azurite-')));
  try {
    await azurite.prepare();
  } catch (error) {
    await azurite.dispose();
    throw error;
  }
  return azurite;
}

class Azurite implements AzuriteStorage {
  readonly #folder: string;
  readonly #authority = new TestAuthority();
  readonly container = CONTAINER;
  readonly caFile: string;
  readonly environment = { AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_KEY: KEY };
  #server: ServerProcess | undefined;
  #port = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.caFile = path.join(folder, 'ca.pem');
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}/${ACCOUNT}`;
  }

  async prepare(): Promise<void> {
    await writeFile(this.caFile, this.#authority.certificate);
    await this.start();
    await this.#client().create();
  }

  async start({ validMs }: { readonly validMs?: number } = {}): Promise<void> {
    const [cert, key] = [path.join(this.#folder, 'cert.pem'), path.join(this.#folder, 'key.pem')];
    const certificate = this.#authority.issue(validMs);
    await Promise.all([writeFile(cert, certificate.certificate), writeFile(key, certificate.key)]);
    const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
    const address = ['--blobHost', '127.0.0.1', '--blobPort', String(this.#port)];
    const place = ['--location', path.join(this.#folder, 'data'), '--cert', cert, '--key', key];
    const rest = ['--silent', '--skipApiVersionCheck', '--disableTelemetry'];
    this.#server = new ServerProcess([process.execPath, main, ...address, ...place, ...rest]);
    const [, port] = await this.#server.says(/successfully listen\w* (?:at|on) https:\/\/127\.0\.0\.1:(\d+)/);
    this.#port = Number(port);
  }

  async stop(): Promise<void> {
    await this.#server?.end();
    this.#server = undefined;
  }

  freeze(): void {
    this.#server?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#server?.signal('SIGCONT');
  }

  async readOnlyEnvironment(): Promise<Readonly<Record<string, string>>> {
    const expiresOn = new Date(Date.now() + DAY_MS);
    const signed = await this.#client().generateSasUrl({
      permissions: ContainerSASPermissions.parse('r'),
      expiresOn,
    });
    return { AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_SAS_TOKEN: new URL(signed).search };
  }

  async overwrite(key: string, content: Buffer): Promise<void> {
    const blob = this.#client().getBlockBlobClient(key);
    const { metadata } = await blob.getProperties();
    await blob.upload(content, content.byteLength, metadata === undefined ? {} : { metadata });
  }

  async keys(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of this.#client().listBlobsFlat()) names.push(name);
    return names;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #client(): ContainerClient {
    // Handed on to the HTTP client below, which the type does not tell.
    const options = { tlsOptions: { ca: this.#authority.certificate }, retryOptions: { maxTries: 2 } };
    const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
    return new BlobServiceClient(this.url, credential, options).getContainerClient(CONTAINER);
  }
}
