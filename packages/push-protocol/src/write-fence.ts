/**
 * Keeps a datacenter that has lost the writes from writing, also while some balancer does not know yet.
 *
 * Each failover gives the writes to one datacenter with a new epoch, and the balancer says with each write by which epoch it was sent.
 * A smaller one than this process knows of was sent by somebody who has missed a failover. Without datacenters there is nothing to
 * fence.
 *
 * An operator may give the writes past a registry that is dead. Such a grant, and what the registry says, are held against each other by their
 * epochs, and the newest counts: a registry that comes back with less takes nothing back.
 *
 * Source: Kleppmann, "How to do distributed locking", section "Making the lock safe with fencing".
 */
import type { IncomingMessage } from 'node:http';
import type { RawHandler } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { WRITES_HEADER } from '@feedfleet/registry-client';
import type { RegistryView, WritesGrant } from '@feedfleet/registry-client';
import type { DrainLimits } from './drain-body.ts';
import type { KeptGrant } from './kept-grant.ts';
import { refuseWrite } from './refuse-write.ts';

export interface WriteFenceOptions {
  readonly registry: { current(): Pick<RegistryView, 'datacenters'> };
  /** Where this process runs. */
  readonly datacenter: string;
  /** What was said past the registry. */
  readonly grant: Pick<KeptGrant, 'current' | 'hear'>;
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
    const writer = this.#writer();
    return writer === undefined || writer.datacenter === this.#options.datacenter;
  }

  /** Takes note of what a balancer says past the registry. @throws {ProblemError} `FF_STORE_UNAVAILABLE` when it cannot be kept. */
  hear({ headers }: Pick<IncomingMessage, 'headers'>): void {
    this.#options.grant.hear(headers[WRITES_HEADER]);
  }

  /** @throws {ProblemError} `FF_FENCED` when the write must not be made here; `FF_STORE_UNAVAILABLE` when that cannot be known. */
  check(request: Pick<IncomingMessage, 'headers'>): void {
    this.hear(request);
    const writer = this.#writer();
    if (writer === undefined) return;
    const { datacenter } = this.#options;
    if (writer.datacenter !== datacenter) throw fenced(`the datacenter ${datacenter} has not the writes`);
    const sent = request.headers[EPOCH_HEADER];
    if (sent === undefined) return;
    const epoch = typeof sent === 'string' && /^\d{1,15}$/.test(sent) ? Number(sent) : -1;
    if (epoch < writer.epoch) throw fenced(`the write was sent before the failover with the epoch ${writer.epoch}`);
  }

  /** `undefined` where there is nothing to fence: nobody has ever spoken of datacenters. */
  #writer(): WritesGrant | undefined {
    const { registry, grant } = this.#options;
    const granted = grant.current();
    const { datacenters } = registry.current();
    if (datacenters.length === 0) return granted;
    const said = datacenters.find(({ writes }) => writes);
    const known = said === undefined ? NOBODY : { datacenter: said.id, epoch: said.epoch };
    return granted !== undefined && granted.epoch > known.epoch ? granted : known;
  }
}

/** Datacenters of which none has the writes. */
const NOBODY: WritesGrant = { datacenter: '', epoch: -1 };

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
