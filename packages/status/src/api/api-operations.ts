/** Every operation of the API, as the description lists them: that of the core, and those of the parts. */
import { statusParts } from '../parts.ts';
import { getStatus } from '../report/status-operation.ts';
import type { ApiOperation } from './api-operation.ts';

export const apiOperations: readonly ApiOperation[] = [
  getStatus,
  ...statusParts.flatMap(({ operations = [] }) => operations),
];
