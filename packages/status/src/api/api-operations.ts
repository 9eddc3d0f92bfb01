/** Every operation of the API, as the description lists them. Each is served by its part. */
import { getStatus } from '../report/status-operation.ts';
import type { ApiOperation } from './api-operation.ts';

export const apiOperations: readonly ApiOperation[] = [getStatus];
