/** The newest sample of each component, by observer: what works at this moment, more quickly than the live states tell. */
import { SAMPLE_VALID_ROUNDS } from '@feedfleet/status-model';
import type { Sample, SampleBatch } from '@feedfleet/status-model';

interface Latest {
  readonly sample: Sample;
  readonly atMs: number;
  readonly holdsMs: number;
}

/** Components times observers; beyond, nothing new is remembered here. */
const MOST = 4096;

export class LatestSamples {
  /** By component and observer. */
  readonly #latest = new Map<string, Latest>();

  take({ observer, intervalMs, samples }: Pick<SampleBatch, 'observer' | 'intervalMs' | 'samples'>): void {
    for (const sample of samples) {
      const key = `${sample.component} ${observer}`;
      const before = this.#latest.get(key);
      const atMs = Date.parse(sample.at);
      if (before === undefined && this.#latest.size >= MOST) continue;
      if (before !== undefined && before.atMs > atMs) continue;
      this.#latest.set(key, { sample, atMs, holdsMs: intervalMs * SAMPLE_VALID_ROUNDS });
    }
  }

  /** @returns when it was last found to work, if nobody whose word holds has found since that it does not. */
  worksAt(component: string, now: number): string | null {
    const holding = this.#holding(component, now);
    if (holding.length === 0 || holding.some(({ sample }) => sample.verdict === 'failed')) return null;
    return holding.reduce((newest, each) => (each.atMs > newest.atMs ? each : newest)).sample.at;
  }

  #holding(component: string, now: number): readonly Latest[] {
    const start = `${component} `;
    return [...this.#latest].flatMap(([key, latest]) =>
      key.startsWith(start) && now - latest.atMs <= latest.holdsMs ? [latest] : [],
    );
  }
}
