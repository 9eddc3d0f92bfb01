/**
 * Keeps a datacenter that has lost the writes from writing, also while some balancer does not know yet.
 *
 * Each failover gives the writes to one datacenter with a new epoch, and the balancer says with each write by which epoch it was sent.
 * A smaller one than this process knows of was sent by somebody who has missed a failover. Without datacenters there is nothing to
 * fence.
 *
 * Source: Kleppmann, "How to do distributed locking", section "Making the lock safe with fencing".
 */
import type { IncomingMessage } from 'node:http';
import type { RawHandler } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { RegistryView } from '@feedfleet/registry-client';
import type { DrainLimits } from './drain-body.ts';
import { refuseWrite } from './refuse-write.ts';

export interface WriteFenceOptions {
  readonly registry: { current(): Pick<RegistryView, 'datacenterById' | 'datacenters'> };
  /** Where this process runs. */
  readonly datacenter: string;
}

const EPOCH_HEADER = 'x-feedfleet-epoch';
/** By then whoever sent it here has most likely heard of the failover. */
const RETRY_AFTER_S = '2';
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export class WriteFence {
  readonly #options: WriteFenceOptions;

  constructor(options: WriteFenceOptions) {
    this.#options = options;
  }

  /** Whether this datacenter has the writes, or there are no datacenters. */
  get isOpen(): boolean {
    const { registry, datacenter } = this.#options;
    const view = registry.current();
    return view.datacenters.length === 0 || view.datacenterById(datacenter)?.writes === true;
  }

  /** @throws {ProblemError} `FF_FENCED` when the write must not be made here. */
  check({ headers }: Pick<IncomingMessage, 'headers'>): void {
    const { registry, datacenter } = this.#options;
    const view = registry.current();
    if (view.datacenters.length === 0) return;
    const own = view.datacenterById(datacenter);
    if (own?.writes !== true) throw fenced(`the datacenter ${datacenter} has not the writes`);
    const sent = headers[EPOCH_HEADER];
    if (sent === undefined) return;
    const epoch = typeof sent === 'string' && /^\d{1,15}$/.test(sent) ? Number(sent) : -1;
    if (epoch < own.epoch) throw fenced(`the write was sent before the failover with the epoch ${own.epoch}`);
  }
}

/** Refuses writes at once that the fence would refuse later, whatever they write. */
export function behindFence(
  fence: Pick<WriteFence, 'check'>,
  { drain, handler }: { readonly drain: DrainLimits; readonly handler: RawHandler },
): RawHandler {
  return (request, response, context) => {
    try {
      if (!READS.has(request.method ?? 'GET')) fence.check(request);
    } catch (error) {
      void refuseWrite(request, response, { error, context, drain });
      return;
    }
    handler(request, response, context);
  };
}

function fenced(detail: string): ProblemError {
  return new ProblemError('fenced', { detail, headers: { 'retry-after': RETRY_AFTER_S } });
}
