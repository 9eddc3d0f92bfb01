/**
 * The word of an operator, past the registry, that a datacenter has the writes: signed by a balancer with the fleet's secret, carried by writes
 * and by checks of health, and believed by whoever takes writes over a registry that knows less.
 *
 * Its epoch is far ahead of those that the registry gives one by one, so that a failover which somebody makes there, unaware, is the smaller one.
 * Of two with the same epoch, made on two sides of a cut, the one of the greater id counts everywhere.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const WRITES_HEADER = 'x-feedfleet-writes';

export interface WritesGrant {
  /** Its id. */
  readonly datacenter: string;
  readonly epoch: number;
}

const STEP = 1_000;
const FORM = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63});(\d{1,15});([A-Za-z0-9_-]{43})$/;

/** @param newest - the newest epoch that is known. */
export function epochPastRegistry(newest: number): number {
  return (Math.floor(newest / STEP) + 1) * STEP;
}

/** Whether `one` overrules `other`. */
export function isNewerGrant(one: WritesGrant, other: WritesGrant): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.datacenter > other.datacenter);
}

/** @param key - `FleetKeys.writes`. */
export function signWritesGrant(key: Buffer, { datacenter, epoch }: WritesGrant): string {
  const said = `${datacenter};${epoch}`;
  return `${said};${createHmac('sha256', key).update(said).digest('base64url')}`;
}

/** @returns `undefined` for what no process of this fleet has signed. */
export function readWritesGrant(key: Buffer, text: string): WritesGrant | undefined {
  const [, datacenter, epoch] = FORM.exec(text) ?? [];
  if (datacenter === undefined || epoch === undefined) return undefined;
  const grant = { datacenter, epoch: Number(epoch) };
  const expected = Buffer.from(signWritesGrant(key, grant));
  const given = Buffer.from(text);
  return expected.length === given.length && timingSafeEqual(expected, given) ? grant : undefined;
}
