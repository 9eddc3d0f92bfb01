/** Where processes of the fleet listen: sources that lead there are refused. */
import type { RegistryView } from '@feedfleet/registry-client';
import type { OwnAddress } from '@feedfleet/source-http';

/**
 * @param urls - of what the registry does not name.
 * @returns what tells the addresses by the registry as it is now; the same array until that changes.
 */
export function ownAddressesOf(
  directory: { current(): RegistryView },
  urls: readonly string[],
): () => readonly OwnAddress[] {
  const fixed = urls.map(addressOf);
  let known: { readonly view: RegistryView; readonly addresses: readonly OwnAddress[] } | undefined;
  return () => {
    const view = directory.current();
    if (known?.view !== view)
      known = { view, addresses: [...fixed, ...view.instances.map(({ url }) => addressOf(url))] };
    return known.addresses;
  };
}

function addressOf(text: string): OwnAddress {
  const { hostname, port, protocol } = new URL(text);
  return { host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}
