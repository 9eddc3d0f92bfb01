/** What an endpoint tells of its event loop with an answer, and nobody but the balancer is to know. */
import { BUSY_HEADER } from '@feedfleet/host';

const PERCENT = /^(?:100|[1-9]?[0-9])$/;

/**
 * Takes it out of the fields of an answer.
 *
 * @param fields - name, value, name, value, ...
 * @returns a percentage; `undefined` where nothing was told, or nothing that is one.
 */
export function takeToldBusy(fields: string[]): number | undefined {
  let told: number | undefined;
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    const name = fields[index] ?? '';
    if (name.length !== BUSY_HEADER.length || name.toLowerCase() !== BUSY_HEADER) continue;
    const [, value = ''] = fields.splice(index, 2);
    told = PERCENT.test(value) ? Number(value) : undefined;
  }
  return told;
}
