/** What operators do to a fleet while clients go on: reroutes, drains and restarts of instances, new certificates. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { makeCertificate } from '@feedfleet/test-certificates';

import { startExtraProcess } from '../../support/extra-process.ts';
import type { ExtraProcess } from '../../support/extra-process.ts';
import type { Fleet } from '../../support/fleet.ts';
import { TOLD_FAMILIES } from './told-apart.ts';

const DAY_MS = 86_400_000;
const valid = () => ({ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) });

/** Certificates in a balancer's folder, made anew by one authority. */
export class ServedCertificates {
  readonly #folder: string;
  readonly #authority = makeCertificate({ commonName: 'Authority of load tests', ...valid() });

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** PEM. */
  get authority(): string {
    return this.#authority.certificate;
  }

  renew(): void {
    const options = { commonName: 'balancer', addresses: ['127.0.0.1'], issuer: this.#authority, ...valid() };
    const { certificate, key } = makeCertificate(options);
    // Two files change one after the other: in between they do not belong together.
    writeFileSync(path.join(this.#folder, 'default.key'), key);
    writeFileSync(path.join(this.#folder, 'default.crt'), certificate);
  }
}

/** Every family's requests served by every other one, in full, in part and for one feed. */
export async function rerouteAll({ registry }: Fleet, holdMs: number): Promise<number> {
  let made = 0;
  for (const family of TOLD_FAMILIES) {
    for (const to of TOLD_FAMILIES.filter((other) => other !== family)) {
      const rest = made % 3 === 0 ? {} : made % 3 === 1 ? { percent: 50 } : { feed: 'green' };
      await registry.reroutes.put('load', { family, to, reason: 'a test', ...rest });
      await delay(holdMs);
      await registry.reroutes.delete('load');
      made += 1;
    }
  }
  return made;
}

/** A second instance of a family beside the supervisor's. */
export class SecondInstance {
  readonly #fleet: Fleet;
  readonly #family: string;
  #process: ExtraProcess;

  private constructor(fleet: Fleet, family: string, process: ExtraProcess) {
    this.#fleet = fleet;
    this.#family = family;
    this.#process = process;
  }

  static async start(fleet: Fleet, family: string): Promise<SecondInstance> {
    const options = { workspace: `endpoints/${family}`, instance: `${family}-second` };
    const second = new SecondInstance(fleet, family, await startExtraProcess(fleet, options));
    await second.#put(options.instance, second.#url, 'active');
    return second;
  }

  /** The first drains and comes back; then the second, which ends and is started again meanwhile. */
  async rollOver(holdMs: number): Promise<void> {
    const first = (await this.#fleet.registry.instances.list()).find(({ id }) => id === `${this.#family}-1`);
    if (first === undefined) throw new Error(`${this.#family} has no first instance`);
    await this.#put(first.id, first.url, 'draining');
    await delay(holdMs);
    await this.#put(first.id, first.url, 'active');
    // Only who has the other one back may lose this one.
    await delay(holdMs);
    const instance = `${this.#family}-second`;
    await this.#put(instance, this.#url, 'draining');
    await this.#process.stop();
    const { port } = this.#process;
    this.#process = await startExtraProcess(this.#fleet, { workspace: `endpoints/${this.#family}`, instance, port });
    await this.#put(instance, this.#url, 'active');
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#process.port}`;
  }

  async #put(id: string, url: string, state: 'active' | 'draining'): Promise<void> {
    await this.#fleet.registry.instances.put(id, { family: this.#family, url, state });
  }
}
