/**
 * A process with one sick source in it, so that what the source does is not done by whoever measures. A real one is elsewhere: this one takes
 * only processors that nobody else wants.
 */
import { constants, setPriority } from 'node:os';

import { SickSource } from '@feedfleet/sick-source';
import type { Health, OnlyPackage, ServerCertificates } from '@feedfleet/sick-source';

export interface OpenOrder {
  readonly only: OnlyPackage;
  readonly certificates: ServerCertificates | undefined;
}

setPriority(constants.priority.PRIORITY_LOW);

let source: SickSource | undefined;

process.on('message', (order: OpenOrder | { readonly become: Health }) => {
  void obey(order);
});
process.on('disconnect', () => process.exit());

async function obey(order: OpenOrder | { readonly become: Health }): Promise<void> {
  if ('become' in order) await source?.become(order.become);
  else source = await SickSource.open(order.only, order.certificates);
  process.send?.({ url: source?.url });
}
