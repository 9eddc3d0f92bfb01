/** One write of the API: a change under the caller's name, and who has applied it. */
import { ProblemError } from '@feedfleet/problems';
import type { ChangeReceipt, Operation } from '@feedfleet/registry-client';

import type { ApiCall } from '../api-operation.ts';
import { actorOf } from '../caller.ts';

export type WriteCall = Pick<ApiCall<unknown, unknown, unknown>, 'registry' | 'caller' | 'signal'>;

export interface WrittenChange {
  readonly summary: string;
  readonly operations: readonly Operation[];
  /** Called once it is made, and not where it is refused, before anybody else has a turn. */
  readonly made?: () => void;
}

export async function write(call: WriteCall, { summary, operations, made }: WrittenChange): Promise<ChangeReceipt> {
  const { registry, caller, signal } = call;
  const number = registry.commit({ actor: actorOf(caller), summary, operations });
  made?.();
  return registry.receipt(number, signal);
}

/** @throws {ProblemError} `FF_NO_SUCH_ENTITY` when there is none. */
export function existing<T>(found: T | undefined, kind: string, id: string): T {
  if (found !== undefined) return found;
  throw new ProblemError('noSuchEntity', { detail: `there is no ${kind} "${id}"` });
}
