/** What became of a change: done, and known to how many processes. */
import type { ChangeReceipt } from '@feedfleet/registry-client';

export function renderReceipt(what: string, { number, applied }: ChangeReceipt): string {
  const behind = applied.of - applied.processes;
  const reach =
    behind === 0 ? `known to all ${applied.of} processes` : `${behind} of ${applied.of} processes do not know yet`;
  return `${what} (change ${number}, ${reach}).\n`;
}
