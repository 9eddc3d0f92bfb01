/** What operators do to a fleet while clients go on, by the command line: reroutes, drains, rollouts; and new certificates. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { makeCertificate } from '@feedfleet/test-certificates';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { feedfleet } from '../../support/feedfleet-command.ts';
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

/** What an operator types, against the fleet of a data folder. */
export class Operator {
  readonly #place: Parameters<typeof feedfleet>[1];

  /** @param workingFolder - an empty one. */
  constructor({ data }: Fleet, workingFolder: string) {
    this.#place = { environment: { FEEDFLEET_DATA: data }, workingFolder };
  }

  /** Every family's requests served by every other one, in full, in part and for one feed. */
  async rerouteAll(holdMs: number): Promise<number> {
    let made = 0;
    for (const family of TOLD_FAMILIES) {
      for (const to of TOLD_FAMILIES.filter((other) => other !== family)) {
        const feed = made % 3 === 2 ? ['--feed', 'green'] : [];
        const share = made % 3 === 1 ? ['--percent', '50'] : [];
        await this.#run('reroute', 'set', family, '--to', to, ...share, ...feed, '--reason', 'a test');
        await delay(holdMs);
        await this.#run('reroute', 'clear', family, ...feed);
        made += 1;
      }
    }
    return made;
  }

  /** An instance drains and comes back; then all of the family are started anew, one after the other. */
  async rollOver(family: string, holdMs: number): Promise<void> {
    await this.#run('drain', `${family}-1`, '--wait');
    await delay(holdMs);
    await this.#run('undrain', `${family}-1`);
    // Only who has the first one back may lose the others.
    await delay(holdMs);
    await this.#run('rollout', family);
  }

  async #run(...args: readonly string[]): Promise<void> {
    const { code, out, err } = await feedfleet(args, this.#place);
    if (code !== 0) throw new Error(`feedfleet ${args.join(' ')} ended with ${code}: ${err}${out}`);
  }
}
