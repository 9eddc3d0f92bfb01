/** Availability by requests: good answers of all that clients got, by the counters of the balancers, summed by family and month. */
import { ProbeClient } from '@feedfleet/status-probes';
import { z } from 'zod';

import type { StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { readKeptOrNothing } from '../storage/kept-json.ts';
import type { Migration, StatusDatabase } from '../storage/status-database.ts';
import { countsBeforeFirstLook, increase, readCounts } from './balancer-counts.ts';
import type { BalancerCounts } from './balancer-counts.ts';

const EVERY_MS = 15_000;
const TIMEOUT_MS = 5_000;

const createTables: Migration = (database) => {
  database.exec(`
    CREATE TABLE availability_last (balancer TEXT PRIMARY KEY, counts TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE availability_month (
      family TEXT NOT NULL,
      month TEXT NOT NULL,
      good INTEGER NOT NULL,
      every INTEGER NOT NULL,
      PRIMARY KEY (family, month)
    ) STRICT, WITHOUT ROWID;
  `);
};

const keptSchema = z.object({
  startedAt: z.number(),
  families: z.record(z.string(), z.object({ good: z.number(), all: z.number() })),
});

class Availability implements StatusPart {
  readonly name = 'availability';
  readonly report = { availabilityOf: (family: string, month: string) => this.#availabilityOf(family, month) };
  readonly #context: StatusContext;
  readonly #database: StatusDatabase;
  readonly #client = new ProbeClient();
  /** Milliseconds since the epoch. */
  readonly #watchesSince: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(context: StatusContext) {
    this.#context = context;
    this.#database = context.database;
    this.#watchesSince = context.clock.now();
  }

  start(): void {
    if (this.#context.settings.balancerOpsUrls.length > 0) this.#lookAgain(0);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#client.close();
    await this.#looking;
  }

  #lookAgain(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#lookAtAll().then(() => {
        if (this.#timer !== undefined) this.#lookAgain(EVERY_MS);
      });
    }, delayMs);
  }

  async #lookAtAll(): Promise<void> {
    for (const url of this.#context.settings.balancerOpsUrls) {
      try {
        const { status, body } = await this.#client.send({ url: new URL('/metrics', url), timeoutMs: TIMEOUT_MS });
        const counts = status === 200 ? readCounts(body.toString('utf8')) : undefined;
        if (counts !== undefined && this.#timer !== undefined) this.#take(url, counts);
      } catch (error) {
        // That a balancer is away is seen by the probes; its counts are taken when it is back.
        const message = error instanceof Error ? error.message : String(error);
        this.#context.log.debug('a balancer told no counts', { 'error.message': message });
      }
    }
  }

  #take(balancer: string, counts: BalancerCounts): void {
    const month = new Date(this.#context.clock.now()).toISOString().slice(0, 7);
    this.#database.transaction(() => {
      const row = this.#database.get('SELECT counts FROM availability_last WHERE balancer = ?', balancer);
      const before = row === undefined ? undefined : readKeptOrNothing(keptSchema, row.counts);
      const keep =
        'INSERT INTO availability_last VALUES (?, ?) ON CONFLICT (balancer) DO UPDATE SET counts = excluded.counts';
      this.#database.run(keep, balancer, JSON.stringify(counts));
      // What was added already of a row that cannot be read is not known: nothing is counted twice.
      const isUnreadable = row !== undefined && before === undefined;
      if (isUnreadable) this.#context.log.warn('what a balancer had counted could not be read and begins anew');
      const from = isUnreadable ? counts : (before ?? countsBeforeFirstLook(counts, this.#watchesSince));
      for (const [family, { good, all }] of Object.entries(increase(from, counts)))
        this.#add(family, month, { good, all });
    });
  }

  #add(family: string, month: string, { good, all }: { readonly good: number; readonly all: number }): void {
    const add =
      'INSERT INTO availability_month VALUES (?, ?, ?, ?) ON CONFLICT (family, month) DO UPDATE SET good = good + excluded.good, every = every + excluded.every';
    this.#database.run(add, family, month, Math.round(good), Math.round(all));
  }

  #availabilityOf(family: string, month: string): { good: number; all: number } | null {
    const row = this.#database.get(
      'SELECT good, every FROM availability_month WHERE family = ? AND month = ?',
      family,
      month,
    );
    return row === undefined ? null : { good: Number(row.good), all: Number(row.every) };
  }
}

export const availabilityPart: StatusPartDefinition = {
  name: 'availability',
  migrations: [createTables],
  open: (context) => new Availability(context),
};
