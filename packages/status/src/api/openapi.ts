/** The description of the status process's API, as it is served and as it lies in the reference. */
import { describeApi } from '@feedfleet/host';
import * as model from '@feedfleet/status-model';

import { apiOperations } from './api-operations.ts';

export function openApiText(): string {
  return describeApi({
    title: 'Feedfleet status',
    description: 'How the fleet is, as its observers see it. Answers grow by optional fields only.',
    operations: apiOperations,
    named: {
      StatusReport: model.statusReportSchema,
      Family: model.familyReportSchema,
      Instance: model.instanceReportSchema,
      Day: model.dayReportSchema,
      Month: model.monthReportSchema,
      StateTimes: model.stateTimesSchema,
      Latency: model.latencyReportSchema,
      Tip: model.tipSchema,
      Incident: model.incidentSchema,
      IncidentUpdate: model.incidentUpdateSchema,
      Maintenance: model.maintenanceSchema,
      Message: model.messageSchema,
      Certificate: model.certificateSchema,
    },
    accessWords: {
      anyone: 'For everybody.',
      operator: 'Needs the operator token as bearer token.',
      observer:
        'Needs `X-Feedfleet-Observer`, `X-Feedfleet-Timestamp` and `X-Feedfleet-Signature`: HMAC-SHA256 of the timestamp, a dot and the body.',
    },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'The operator token.' } },
    securityOf: (access) => (access === 'operator' ? [{ bearer: [] }] : undefined),
  });
}
