/** The report over HTTP. Its form is stable: it grows only by optional fields. */
import { statusReportSchema } from '@feedfleet/status-model';

import type { ApiOperation } from '../api/api-operation.ts';

export const getStatus = {
  id: 'getStatus',
  method: 'get',
  path: '/api/status',
  tag: 'Status',
  summary: 'The state of the fleet. With the operator token also that of each instance.',
  access: 'anyone',
  answerSchema: statusReportSchema,
} satisfies ApiOperation;
