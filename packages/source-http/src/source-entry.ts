/** What is kept of one source between requests: its breaker, its limits, its connections. */
import type { AddressGuard } from '@feedfleet/address-guard';
import { Breaker, Bulkhead } from '@feedfleet/resilience';
import type { BreakerState } from '@feedfleet/resilience';
import type { ByteBudget, ByteShare } from './byte-budget.ts';
import { DocumentPace } from './document-pace.ts';
import { GuardedAgent } from './guarded-agent.ts';
import type { SourceLimits } from './limits.ts';
import type { Resolve } from './name-resolver.ts';
import { RetryBudget } from './retry-budget.ts';
import type { SourceState } from './source-http.ts';

export interface SourceEntryOptions {
  readonly limits: SourceLimits;
  readonly guard: AddressGuard;
  readonly resolve: Resolve;
  readonly random: () => number;
  readonly heldBytes: ByteBudget;
  readonly parsedBytes: ByteBudget;
}

/** Deeper fan-out than this shares a compartment: a chain is not longer. */
const MAX_DEPTH = 32;

export class SourceEntry {
  readonly retries = new RetryBudget();
  readonly heldBytes: ByteShare;
  readonly parsedBytes: ByteShare;
  readonly pace = new DocumentPace();
  /** The latest of those that share the key. */
  sourceId = '';
  readonly #options: SourceEntryOptions;
  readonly #breakers = new Map<string, Breaker>();
  readonly #bulkheads = new Map<string, Bulkhead>();
  readonly #agents = new Map<string, GuardedAgent>();

  constructor(options: SourceEntryOptions) {
    this.#options = options;
    this.heldBytes = options.heldBytes.share();
    this.parsedBytes = options.parsedBytes.share();
  }

  /**
   * One for questions that a client made up and one for all others, each by the time that requests have: what some of them meet is not held
   * against the others.
   *
   * @param timeClassMs - as `timeClass` tells.
   */
  breaker(isClientShaped: boolean, timeClassMs: number): Breaker {
    const name = `${isClientShaped ? 'clients' : 'own'}:${timeClassMs}`;
    const { limits, random } = this.#options;
    const found = this.#breakers.get(name) ?? new Breaker(limits.breaker, random);
    this.#breakers.set(name, found);
    return found;
  }

  /** @param depth - stops of this fleet that wait for the answer. */
  bulkhead(kind: 'documents' | 'streams', depth: number): Bulkhead {
    const name = `${kind}:${Math.min(depth, MAX_DEPTH)}`;
    const found = this.#bulkheads.get(name) ?? new Bulkhead(this.#options.limits[kind]);
    this.#bulkheads.set(name, found);
    return found;
  }

  agent(protocol: 'http:' | 'https:'): GuardedAgent {
    const { limits, guard, resolve } = this.#options;
    const { connectTimeoutMs, keepAliveMs, maxIdleConnections } = limits;
    const found =
      this.#agents.get(protocol) ??
      new GuardedAgent({ protocol, guard, resolve, connectTimeoutMs, keepAliveMs, maxIdleConnections });
    this.#agents.set(protocol, found);
    return found;
  }

  state(nowMs: number): SourceState {
    const worst = this.#worstBreaker(nowMs);
    const reason = worst?.reason;
    const bulkheads = [...this.#bulkheads.values()];
    return {
      sourceId: this.sourceId,
      state: worst?.state(nowMs) ?? 'closed',
      ...(reason === undefined ? {} : { reason }),
      retryAfterMs: worst?.retryAfterMs(nowMs) ?? 0,
      inFlight: bulkheads.reduce((sum, { inFlight }) => sum + inFlight, 0),
      queued: bulkheads.reduce((sum, { queued }) => sum + queued, 0),
    };
  }

  #worstBreaker(nowMs: number): Breaker | undefined {
    const breakers = [...this.#breakers.values()];
    const inState = (state: BreakerState) => breakers.find((breaker) => breaker.state(nowMs) === state);
    return inState('open') ?? inState('halfOpen');
  }

  /** Ends idle connections; those in use end with their requests. */
  close(): void {
    for (const agent of this.#agents.values()) agent.closeIdle();
  }
}
