export { AddressGuard } from './address-guard.ts';
export type { AddressVerdict, OwnAddress } from './address-guard.ts';
