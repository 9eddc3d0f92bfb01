/** When which foreign source is to be probed. Pure: time and chance are passed in. */
import type { RegistryView, Source, SourceTarget } from '@feedfleet/registry-client';

export type ForeignSource = Source & { readonly target: Extract<SourceTarget, { readonly kind: 'foreign' }> };

/** `contradicted`: it answered, but the probe came back, or it is not the same source any more. */
export type ProbeResult = 'clear' | 'contradicted' | 'unknown';

/** In milliseconds; each wait is between half and all of it. */
const PROBE_EVERY_MS = { clear: 600_000, caught: 60_000 } as const;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;

interface Entry {
  readonly source: ForeignSource;
  readonly dueAt: number;
  /** Probes without an answer in a row. */
  readonly failures: number;
}

export class ProbeSchedule {
  readonly #random: () => number;
  #entries = new Map<string, Entry>();
  #view: RegistryView | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Takes in what has changed: what waits for its first probe, or is not what was probed, is due at once. */
  follow(view: RegistryView, now: number): void {
    if (view === this.#view) return;
    this.#view = view;
    const entries = new Map<string, Entry>();
    for (const source of view.sources) {
      if (isProbed(source)) entries.set(source.id, this.#entryOf(source, now));
    }
    this.#entries = entries;
  }

  /** Those that wait for their first probe come first. */
  due(now: number): readonly ForeignSource[] {
    const due = [...this.#entries.values()].filter(({ dueAt }) => dueAt <= now).map(({ source }) => source);
    return [...due.filter(isPending), ...due.filter((source) => !isPending(source))];
  }

  /** @param concerns - by id; others are not looked at. */
  nextAt(concerns: (id: string) => boolean): number {
    let nextAt = Infinity;
    for (const [id, { dueAt }] of this.#entries) if (dueAt < nextAt && concerns(id)) nextAt = dueAt;
    return nextAt;
  }

  /** @param probed - as it was when the probe began. */
  done(probed: ForeignSource, result: ProbeResult, now: number): void {
    const entry = this.#entries.get(probed.id);
    if (entry === undefined || !isSame(entry.source, probed)) return;
    const failures = result === 'unknown' ? entry.failures + 1 : 0;
    const waitMs = this.#jittered(waitAfter(entry.source, result, failures));
    this.#entries.set(probed.id, { ...entry, failures, dueAt: now + waitMs });
  }

  #entryOf(source: ForeignSource, now: number): Entry {
    const known = this.#entries.get(source.id);
    if (known === undefined) return { source, dueAt: now + this.#firstWaitMs(source), failures: 0 };
    const isReset = isPending(source) && !isPending(known.source);
    if (isReset || !isSame(known.source, source)) return { source, dueAt: now, failures: 0 };
    const isNewlyCaught = source.loop?.state === 'caught' && known.source.loop?.state !== 'caught';
    if (!isNewlyCaught) return { ...known, source };
    return { source, dueAt: Math.min(known.dueAt, now + this.#jittered(PROBE_EVERY_MS.caught)), failures: 0 };
  }

  /** What was probed before this process began comes in its turn, spread over the time. */
  #firstWaitMs({ loop }: ForeignSource): number {
    return loop === null || loop.state === 'pending' ? 0 : this.#random() * PROBE_EVERY_MS[loop.state];
  }

  #jittered(milliseconds: number): number {
    return milliseconds * (0.5 + this.#random() / 2);
  }
}

function isProbed(source: Source): source is ForeignSource {
  return source.enabled && source.target.kind === 'foreign';
}

const isPending = ({ loop }: Source): boolean => loop?.state === 'pending';

/** Whether what was found of the one is true of the other. */
function isSame(left: ForeignSource, right: ForeignSource): boolean {
  return (
    left.target.url === right.target.url &&
    left.target.protocol === right.target.protocol &&
    left.credential?.fingerprint === right.credential?.fingerprint &&
    left.allowPrivateAddresses === right.allowPrivateAddresses
  );
}

function waitAfter({ loop }: ForeignSource, result: ProbeResult, failures: number): number {
  if (result === 'clear') return PROBE_EVERY_MS.clear;
  if (result === 'contradicted' || loop?.state === 'caught') return PROBE_EVERY_MS.caught;
  if (loop?.state === 'clear') return PROBE_EVERY_MS.clear;
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16));
}
