/** About how much memory a value takes, for bounds. */
import { Turns } from './turns.ts';

const OBJECT_BYTES = 56;
const SLOT_BYTES = 8;
const TEXT_BYTES = 20;
/** Between two looks at the clock. */
const VISITS_PER_LOOK = 1024;

/** Counts what is reachable by own members; what is reachable twice counts twice. Not for values with cycles. */
export async function estimatedBytes(value: unknown, signal: AbortSignal): Promise<number> {
  const turns = new Turns(signal);
  let bytes = 0;
  let visited = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    visited += 1;
    if (visited % VISITS_PER_LOOK === 0 && turns.isOver) await turns.next();
    bytes += SLOT_BYTES;
    if (typeof one === 'string') bytes += TEXT_BYTES + one.length;
    else if (typeof one === 'object' && one !== null) {
      bytes += OBJECT_BYTES;
      // One by one: a list may be longer than a call takes arguments.
      for (const member of membersOf(one)) left.push(member);
    }
  }
  return bytes;
}

function membersOf(object: object): Iterable<unknown> {
  if (Array.isArray(object)) return object as unknown[];
  return object instanceof Map ? [...(object as Map<unknown, unknown>)].flat() : (Object.values(object) as unknown[]);
}
