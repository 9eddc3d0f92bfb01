/** What a part adds to the report, so that a part that fails takes nothing but its own fields away. */
import type { Logger } from '@feedfleet/host';
import { NO_ARCHIVE } from '@feedfleet/status-page';

import type { ReportFields } from '../part.ts';

type FieldName = keyof ReportFields;

/** @param name - of the part, for the log, which tells of each field once until it works again. */
export function guardedFields(name: string, fields: ReportFields, log: Pick<Logger, 'error'>): ReportFields {
  const failing = new Set<FieldName>();
  const guarded =
    <Given extends unknown[], Told>(field: FieldName, ask: (...given: Given) => Told, instead: Told) =>
    (...given: Given): Told => {
      try {
        const told = ask.apply(fields, given);
        failing.delete(field);
        return told;
      } catch (error) {
        if (!failing.has(field)) log.error('a part of the report is missing', error, { 'status.part': name });
        failing.add(field);
        return instead;
      }
    };
  const { fleet, tipOf, availabilityOf, certificates, incidents, maintenance, maintenanceBetween } = fields;
  const { messages, observers, archive } = fields;
  return {
    ...(fleet && { fleet: guarded('fleet', fleet, { families: [], instances: [] }) }),
    ...(tipOf && { tipOf: guarded('tipOf', tipOf, null) }),
    ...(availabilityOf && { availabilityOf: guarded('availabilityOf', availabilityOf, null) }),
    ...(certificates && { certificates: guarded('certificates', certificates, []) }),
    ...(incidents && { incidents: guarded('incidents', incidents, []) }),
    ...(maintenance && { maintenance: guarded('maintenance', maintenance, []) }),
    ...(maintenanceBetween && { maintenanceBetween: guarded('maintenanceBetween', maintenanceBetween, []) }),
    ...(messages && { messages: guarded('messages', messages, []) }),
    ...(observers && { observers: guarded('observers', observers, []) }),
    ...(archive && { archive: guarded('archive', archive, NO_ARCHIVE) }),
  };
}
