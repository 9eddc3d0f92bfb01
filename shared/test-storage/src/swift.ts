/**
 * OpenStack Swift with its S3 API, from Debian's package `python3-swift`: one copy of
 * everything in a folder of its own, with a certificate of an authority of its own.
 *
 * Source: OpenStack Swift, "SAIO (Swift All In One)" and "S3 API".
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ServerProcess } from './server-process.ts';
import { TestAuthority } from './test-authority.ts';
import type { TestStorage } from './test-storage.ts';

const BUCKET = 'packages';
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing', AWS_REGION: 'us-east-1' };
const BACKENDS = ['account', 'container', 'object'] as const;
/** That of the system, which its packages are for. */
const PYTHON = '/usr/bin/python3';
const START_MS = 90_000;
/** Below the ports that the system takes for outgoing connections, and beside those of fleets. */
const [LOWEST_PORT, HIGHEST_PORT] = [21_000, 29_999];

/** Runs one of the servers; the folder takes the place of /etc/swift. */
const SERVE = `
import sys
from swift.common import utils
utils.set_swift_dir(sys.argv[1])
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[2], sys.argv[3]))
`;

/** Writes the three rings: one device, one copy. */
const RINGS = `
import sys
from swift.common import utils
utils.set_swift_dir(sys.argv[1])
from swift.common.ring.builder import RingBuilder
for name, port in zip(('account', 'container', 'object'), sys.argv[2:]):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev(dict(region=1, zone=1, ip='127.0.0.1', port=int(port), device='d1', weight=1,
                         replication_ip='127.0.0.1', replication_port=int(port)))
    builder.rebalance()
    builder.get_ring().save('%s/%s.ring.gz' % (sys.argv[1], name))
`;

/** Whether the machine has it. */
export function hasSwift(): boolean {
  const parts = 'import swift.account.server, swift.container.server, swift.obj.server, swift.proxy.server';
  return spawnSync(PYTHON, ['-c', parts], { stdio: 'ignore' }).status === 0;
}

export async function startSwift(): Promise<TestStorage> {
  const swift = new Swift(await mkdtemp(path.join(tmpdir(), 'feedfleet-swift-')));
  try {
    await swift.prepare();
  } catch (error) {
    await swift.dispose();
    throw error;
  }
  return swift;
}

class Swift implements TestStorage {
  readonly #folder: string;
  readonly #authority = new TestAuthority();
  readonly container = BUCKET;
  readonly caFile: string;
  readonly environment = ENVIRONMENT;
  #backends: readonly ServerProcess[] = [];
  #proxy: ServerProcess | undefined;
  #port = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.caFile = path.join(folder, 'ca.pem');
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  async prepare(): Promise<void> {
    const ports = await Promise.all([...BACKENDS, 'proxy'].map(() => freePort()));
    this.#port = ports.at(-1) ?? 0;
    await mkdir(path.join(this.#folder, 'devices', 'd1'), { recursive: true });
    await writeFile(this.caFile, this.#authority.certificate);
    await this.#write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = tests\n');
    for (const [index, name] of BACKENDS.entries())
      await this.#write(`${name}.conf`, this.#backend(name, ports[index] ?? 0));
    await this.#write('proxy.conf', this.#front());
    const rings = spawnSync(PYTHON, ['-c', RINGS, this.#folder, ...ports.map(String)], { encoding: 'utf8' });
    if (rings.status !== 0) throw new Error(`no rings: ${rings.stderr}`);
    this.#backends = BACKENDS.map((name) => this.#serve(name));
    await this.start();
  }

  async start({ validMs }: { readonly validMs?: number } = {}): Promise<void> {
    const { certificate, key } = this.#authority.issue(validMs);
    await Promise.all([this.#write('cert.pem', certificate), this.#write('key.pem', key)]);
    this.#proxy = this.#serve('proxy');
    await this.#untilServed();
  }

  async stop(): Promise<void> {
    await this.#proxy?.end();
    this.#proxy = undefined;
  }

  freeze(): void {
    this.#proxy?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#proxy?.signal('SIGCONT');
  }

  async overwrite(key: string, content: Buffer): Promise<void> {
    const at = { Bucket: BUCKET, Key: key };
    const { Metadata } = await this.#client().send(new HeadObjectCommand(at));
    await this.#client().send(new PutObjectCommand({ ...at, Body: content, Metadata }));
  }

  async keys(): Promise<readonly string[]> {
    const { Contents = [] } = await this.#client().send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map(({ Key = '' }) => Key);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#backends.map((server) => server.end()), this.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #serve(name: string): ServerProcess {
    const file = path.join(this.#folder, `${name}.conf`);
    return new ServerProcess([PYTHON, '-c', SERVE, this.#folder, file, `${name}-server`]);
  }

  /** Its first start makes the bucket. */
  async #untilServed(): Promise<void> {
    const giveUpAt = Date.now() + START_MS;
    for (;;) {
      try {
        await this.#client().send(new CreateBucketCommand({ Bucket: BUCKET }));
        return;
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        if (name === 'BucketAlreadyOwnedByYou' || String(error).includes('certificate')) return;
        if (Date.now() > giveUpAt) throw error;
        await delay(100);
      }
    }
  }

  #client(): S3Client {
    return new S3Client({
      endpoint: this.url,
      forcePathStyle: true,
      region: ENVIRONMENT.AWS_REGION,
      credentials: { accessKeyId: ENVIRONMENT.AWS_ACCESS_KEY_ID, secretAccessKey: ENVIRONMENT.AWS_SECRET_ACCESS_KEY },
      requestHandler: { httpsAgent: new Agent({ ca: this.#authority.certificate }) },
      maxAttempts: 1,
    });
  }

  #write(name: string, content: string): Promise<void> {
    return writeFile(path.join(this.#folder, name), content);
  }

  #common(port: number): string {
    return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${this.#folder}
devices = ${path.join(this.#folder, 'devices')}
mount_check = false
`;
  }

  #backend(name: (typeof BACKENDS)[number], port: number): string {
    return `${this.#common(port)}
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`;
  }

  #front(): string {
    const filters = FILTERS.map(([name, more]) => `[filter:${name}]\nuse = egg:swift#${name}\n${more}`);
    return `${this.#common(this.#port)}cert_file = ${path.join(this.#folder, 'cert.pem')}
key_file = ${path.join(this.#folder, 'key.pem')}
[pipeline:main]
pipeline = ${FILTERS.map(([name]) => name).join(' ')} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
${filters.join('')}`;
  }
}

/** In the order of a request, with what each is told. */
const FILTERS: readonly (readonly [string, string])[] = [
  ['catch_errors', ''],
  ['gatekeeper', ''],
  ['memcache', ''],
  ['listing_formats', ''],
  ['s3api', ''],
  ['tempauth', 'user_test_tester = testing .admin\n'],
  ['bulk', ''],
  ['slo', ''],
  ['dlo', ''],
];

async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
