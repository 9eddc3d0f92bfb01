/** Whether an answer says that its trouble is a package source's, or the storage's, so that no endpoint is blamed for it. */
import { FAULT_HEADER, SOURCE_FAULT, STORAGE_FAULT } from '@feedfleet/problems';

/** @param fields - name, value, name, value, ... */
export function isSourceFault(fields: readonly string[]): boolean {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (name.length === FAULT_HEADER.length && name.toLowerCase() === FAULT_HEADER) {
      const fault = fields[index + 1];
      return fault === SOURCE_FAULT || fault === STORAGE_FAULT;
    }
  }
  return false;
}
