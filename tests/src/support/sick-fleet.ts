/** A fleet with a foreign source for each kind of sickness, and feeds that need it, keep what it had, or can do without it. */
import { samplePackage } from '@feedfleet/sample-package';
import { makeTestCertificates } from '@feedfleet/sick-source';
import type { Health, TestCertificates } from '@feedfleet/sick-source';
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { FeedClient } from './feed-client.ts';
import { SickSourceProcess } from './sick-source-process.ts';

export const SICKNESSES = [
  'refused',
  'blackHole',
  'slowDrip',
  'failing',
  'garbage',
  'endless',
  'expired',
  'untrusted',
] as const satisfies Health[];
export type Sickness = (typeof SICKNESSES)[number];

/** What every feed has itself, and what it has of its source. */
export const OWN = { id: 'Acme.Shared', version: '1.0.0' };
export const FOREIGN = { id: 'Acme.Shared', version: '2.0.0' };

/** One that says so when the source is missing, one that takes what it had, one that leaves it out. */
const FEEDS = {
  needs: { required: true, staleMs: 0 },
  keeps: { required: true, staleMs: 3_600_000 },
  leaves: { required: false, staleMs: 0 },
} as const;
export type FeedKind = keyof typeof FEEDS;
export const FEED_KINDS = ['needs', 'keeps', 'leaves'] as const satisfies FeedKind[];

export const sickFeedName = (kind: FeedKind, sickness: Sickness): string => `${kind}-${sickness}`;

export class SickFleet {
  readonly fleet: Fleet;
  readonly #timeoutMs: number;
  readonly certificates: TestCertificates;
  readonly #sources = new Map<Sickness, SickSourceProcess>();

  private constructor(fleet: Fleet, timeoutMs: number, certificates: TestCertificates) {
    this.fleet = fleet;
    this.#timeoutMs = timeoutMs;
    this.certificates = certificates;
  }

  /** @param options - `timeoutMs`: time limit of each source. */
  static async start({ timeoutMs }: { readonly timeoutMs: number }): Promise<SickFleet> {
    const certificates = await makeTestCertificates();
    const fleet = await startFleet({ environment: certificates.environment });
    const sick = new SickFleet(fleet, timeoutMs, certificates);
    await Promise.all(SICKNESSES.map((sickness) => sick.#addSource(sickness)));
    return sick;
  }

  source(sickness: Sickness): SickSourceProcess {
    const source = this.#sources.get(sickness);
    if (source === undefined) throw new Error(`no source for ${sickness}`);
    return source;
  }

  /** A feed with what it has itself. */
  async addFeed(name: string): Promise<void> {
    const { registry, url, adminKey } = this.fleet;
    await registry.feeds.create({ name, visibility: 'public' });
    const client = new FeedClient(`${url}/F/${name}`, adminKey);
    const { status, text } = await client.push(samplePackage(OWN));
    client.disconnect();
    if (status !== 201) throw new Error(`the push to ${name} answered ${status} ${text}`);
  }

  async stop(): Promise<void> {
    for (const source of this.#sources.values()) await source.close();
    await this.fleet.stop();
    await this.certificates.remove();
  }

  async #addSource(sickness: Sickness): Promise<void> {
    const isByTls = sickness === 'expired' || sickness === 'untrusted';
    const source = await SickSourceProcess.open({
      only: FOREIGN,
      certificates: isByTls ? this.certificates : undefined,
    });
    this.#sources.set(sickness, source);
    for (const kind of FEED_KINDS) await this.#addSickFeed(kind, sickness, source.url);
  }

  async #addSickFeed(kind: FeedKind, sickness: Sickness, url: string): Promise<void> {
    const { registry } = this.fleet;
    const { required, staleMs } = FEEDS[kind];
    const name = sickFeedName(kind, sickness);
    await this.addFeed(name);
    await registry.feeds.update(name, { sharedIds: ['*'] });
    const { source } = await registry.sources.create(name, {
      ...{ name: `the-${sickness}`, target: { kind: 'foreign', url }, required, staleMs, freshMs: 0 },
      ...{ timeoutMs: this.#timeoutMs, allowPrivateAddresses: true },
    });
    await registry.sources.report({ reports: [{ source: source.id, url, fingerprint: null, state: 'clear' }] });
  }
}
