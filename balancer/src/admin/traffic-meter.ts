/**
 * What was asked of each family in the last seconds, how it ended and how long it took: a ring of one-second buckets for each family.
 * Pure.
 */
export interface TrafficMeterOptions {
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

export interface MeteredRequest {
  /** Whose path it was. */
  readonly family: string;
  /** Whether its own instances served it, and not those of another family. */
  readonly isResident: boolean;
  /** Whether the family failed it: no answer, or one of 500 and above that is no package source's fault. */
  readonly isFailure: boolean;
  readonly durationMs: number;
}

export interface FamilyLoad {
  readonly id: string;
  readonly requestsPerSecond: number;
  /** 0 to 1. */
  readonly errorShare: number;
  /** Upper bounds of the buckets that half and 99 % of the requests lie below, in milliseconds; 0 for none. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Of the requests that a family's own instances have served. */
export interface Outcomes {
  readonly requests: number;
  readonly failures: number;
}

const SECONDS = 60;
const SHOWN_SECONDS = 10;
/** More families than any registry has; further ones are not metered. */
const MAX_FAMILIES = 200;
const FIRST_BOUND_MS = 0.25;
const GROWTH = 1.25;
const DURATIONS = 60;

interface Second {
  /** Number of the second; one that is not recent is empty. */
  at: number;
  requests: number;
  failures: number;
  residents: number;
  residentFailures: number;
  readonly durations: Uint32Array;
}

interface Metered {
  readonly seconds: readonly Second[];
  residents: number;
  residentFailures: number;
}

export class TrafficMeter {
  readonly #now: () => number;
  readonly #families = new Map<string, Metered>();

  constructor({ now }: TrafficMeterOptions) {
    this.#now = now;
  }

  count({ family, isResident, isFailure, durationMs }: MeteredRequest): void {
    const metered = this.#families.get(family) ?? this.#add(family);
    if (metered === undefined) return;
    const second = this.#secondOf(metered);
    const failures = isFailure ? 1 : 0;
    second.requests += 1;
    second.failures += failures;
    const duration = durationIndex(durationMs);
    second.durations[duration] = (second.durations[duration] ?? 0) + 1;
    if (!isResident) return;
    second.residents += 1;
    second.residentFailures += failures;
    metered.residents += 1;
    metered.residentFailures += failures;
  }

  /** Of the last `seconds`, at most 60, the one that is running among them. */
  recent(family: string, seconds: number): Outcomes {
    let requests = 0;
    let failures = 0;
    for (const second of this.#recent(family, seconds)) {
      requests += second.residents;
      failures += second.residentFailures;
    }
    return { requests, failures };
  }

  /** Since the start. */
  total(family: string): Outcomes {
    const { residents = 0, residentFailures = 0 } = this.#families.get(family) ?? {};
    return { requests: residents, failures: residentFailures };
  }

  /** In order of id. */
  loads(): readonly FamilyLoad[] {
    return [...this.#families.keys()].sort().map((id) => this.#loadOf(id));
  }

  #loadOf(id: string): FamilyLoad {
    const seconds = this.#recent(id, SHOWN_SECONDS);
    const sum = (of: (second: Second) => number): number => seconds.reduce((total, second) => total + of(second), 0);
    const requests = sum((second) => second.requests);
    const durations = Array.from({ length: DURATIONS }, (_, index) => sum((second) => second.durations[index] ?? 0));
    return {
      id,
      requestsPerSecond: requests / SHOWN_SECONDS,
      errorShare: requests === 0 ? 0 : sum((second) => second.failures) / requests,
      p50Ms: quantile(durations, requests * 0.5),
      p99Ms: quantile(durations, requests * 0.99),
    };
  }

  #recent(family: string, seconds: number): readonly Second[] {
    const since = this.#second() - Math.min(seconds, SECONDS);
    return (this.#families.get(family)?.seconds ?? []).filter(({ at }) => at > since);
  }

  #add(family: string): Metered | undefined {
    if (this.#families.size >= MAX_FAMILIES) return undefined;
    const seconds = Array.from({ length: SECONDS }, emptySecond);
    const metered = { seconds, residents: 0, residentFailures: 0 };
    this.#families.set(family, metered);
    return metered;
  }

  #secondOf({ seconds }: Metered): Second {
    const at = this.#second();
    const second = seconds[at % SECONDS] ?? emptySecond();
    if (second.at === at) return second;
    second.at = at;
    [second.requests, second.failures, second.residents, second.residentFailures] = [0, 0, 0, 0];
    second.durations.fill(0);
    return second;
  }

  #second(): number {
    return Math.floor(this.#now() / 1_000);
  }
}

function emptySecond(): Second {
  const durations = new Uint32Array(DURATIONS);
  return { at: -Infinity, requests: 0, failures: 0, residents: 0, residentFailures: 0, durations };
}

function durationIndex(durationMs: number): number {
  if (durationMs <= FIRST_BOUND_MS) return 0;
  return Math.min(DURATIONS - 1, Math.ceil(Math.log(durationMs / FIRST_BOUND_MS) / Math.log(GROWTH)));
}

function quantile(durations: readonly number[], rank: number): number {
  let below = 0;
  for (const [index, count] of durations.entries()) {
    below += count;
    if (below > 0 && below >= rank) return Math.round(FIRST_BOUND_MS * GROWTH ** index * 100) / 100;
  }
  return 0;
}
