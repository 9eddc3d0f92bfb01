/** Who changed what, over HTTP: the change log without its values, some of which are secrets. */
import { auditAnswerSchema } from '@feedfleet/registry-client';
import type { AuditEntry, Change } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';

const auditQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Only changes after this number. Default: the newest ones.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('Most entries of the answer.'),
});

function entryOf({ number, at, actor, summary, operations }: Change): AuditEntry {
  const entities = operations.map(({ entity, id, value }) => {
    const action = value === null ? ('delete' as const) : ('set' as const);
    return { entity, id, action };
  });
  return { number, at, actor, summary, entities };
}

const audit = operation({
  id: 'audit',
  method: 'get',
  path: '/api/audit',
  tag: 'Fleet',
  summary: 'Who changed what, oldest first.',
  access: 'administrator',
  querySchema: auditQuery,
  answerSchema: auditAnswerSchema,
  handle: ({ registry: { view, log }, query: { limit, after = Math.max(0, view.number - limit) } }) => ({
    number: view.number,
    entries: log.changesAfter(after, limit).map(entryOf),
  }),
});

export const auditOperations: readonly ApiOperation[] = [audit];
