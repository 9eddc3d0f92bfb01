/** A source that answers what a test says, kept, on a clock that stands still until the test moves it. */
import type { PackageSource, SourceAnswer, Ask, VersionsById } from './package-source.ts';
import { KeptAnswers } from './kept-answers.ts';
import { keptSource } from './kept-source.ts';
import type { KeptSourceOptions } from './kept-source.ts';
import { sourceVersion } from './told-version.ts';

export const MINUTE = 60_000;

/** What failed while nobody waited for it. */
export const faults: unknown[] = [];

export const answersOf = (clock: { now: number }, maxBytes = 1024 ** 2): KeptAnswers =>
  new KeptAnswers({ maxBytes, now: () => clock.now, random: () => 0, onFault: (error) => faults.push(error) });

type Next = () => Promise<SourceAnswer<VersionsById>>;

/** A source that answers what the test says, and its clock. */
export class Scripted {
  readonly clock = { now: 1_000_000 };
  readonly answers: KeptAnswers;
  readonly asks: Ask[] = [];
  readonly asked: string[] = [];
  next: Next = () => Promise.resolve(this.has('1.0.0'));
  /** Ends the patience of whoever waits for a source while a copy could stand in. */
  endPatience: () => void = () => undefined;
  readonly patienceMs: number[] = [];

  constructor(maxBytes?: number) {
    this.answers = answersOf(this.clock, maxBytes);
  }

  has(version?: string): SourceAnswer<VersionsById> {
    const row = version === undefined ? [] : [{ ...sourceVersion({ id: 'A', version: parsed(version) }) }];
    const value = new Map(row.length === 0 ? [] : [['a', row]]);
    return {
      outcome: 'answered',
      value,
      tag: `tag ${version ?? 'none'}`,
      ageMs: 0,
      isStale: false,
      requests: 1,
      tookMs: 5,
    };
  }

  fails(retryAfterMs = 0): SourceAnswer<never> {
    return { outcome: 'unavailable', code: 'FF_SOURCE_FAILED', detail: 'no', retryAfterMs, requests: 1, tookMs: 5 };
  }

  denies(): SourceAnswer<never> {
    return { ...this.fails(), code: 'FF_SOURCE_DENIED' } as SourceAnswer<never>;
  }

  readonly source: PackageSource = {
    versions: (ids, each) => {
      this.asks.push(each);
      this.asked.push(ids.join());
      return this.next();
    },
    search: (_, each) => {
      this.asks.push(each);
      return this.next().then((answer) =>
        answer.outcome === 'answered' ? { ...answer, value: { total: 0, hits: [] } } : answer,
      );
    },
    complete: () => Promise.resolve({ outcome: 'unsupported', detail: 'no' }),
    page: () => Promise.resolve({ outcome: 'unsupported', detail: 'no' }),
    content: () => Promise.resolve({ outcome: 'unsupported', detail: 'no' }),
  };

  keep(given: Partial<KeptSourceOptions> = {}): PackageSource {
    return keptSource(this.source, {
      ...{ answers: this.answers, key: 'one', freshMs: MINUTE, staleMs: 60 * MINUTE, timeoutMs: 1000 },
      patience: (ms) =>
        new Promise((resolve) => {
          this.patienceMs.push(ms);
          this.endPatience = resolve;
        }),
      ...given,
    });
  }
}

function parsed(version: string) {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return { major, minor, patch, revision: 0, labels: [], metadata: null, original: version };
}

/** Until what was begun in the background has ended. */
export async function settled(scripted: Scripted): Promise<void> {
  while (scripted.answers.flights.size > 0) await new Promise((resolve) => setImmediate(resolve));
}
