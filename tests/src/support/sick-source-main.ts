/** A process with one sick source in it: so that what the source does is not done by whoever measures. */
import { SickSource } from './sick-source.ts';
import type { Health, OnlyPackage, ServerCertificates } from './sick-source.ts';

export interface OpenOrder {
  readonly only: OnlyPackage;
  readonly certificates: ServerCertificates | undefined;
}

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
