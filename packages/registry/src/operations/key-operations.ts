/** API keys over HTTP: the secret is in the answer that creates a key, and nowhere else. */
import { randomBytes } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import {
  deletedSchema,
  hashKey,
  keyCreatedSchema,
  keyCreationSchema,
  keyListSchema,
  keyUsageAnswerSchema,
  keyUsageSchema,
  newKey,
} from '@feedfleet/registry-client';
import type { ApiKey, KeySummary } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { actorOf, excessOf, managesFeed, ownerOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import type { Registry } from '../registry.ts';
import { feedFor } from './feed-operations.ts';

const keyPath = z.strictObject({ key: z.string().min(1).max(64).describe('Id of the key.') });

export function summaryOf(key: ApiKey, lastUsedAt: string | null): KeySummary {
  const { id, name, owner, feeds, scopes, packageGlobs, createdAt, expiresAt } = key;
  return { id, name, owner, feeds, scopes, packageGlobs, createdAt, expiresAt, lastUsedAt };
}

/** A key and its secret, not in the registry yet. */
export function freshKey(fields: Omit<ApiKey, 'id' | 'hash'>): { readonly key: ApiKey; readonly secret: string } {
  const secret = newKey();
  return { secret, key: { id: `key-${randomBytes(8).toString('hex')}`, hash: hashKey(secret), ...fields } };
}

/** A manager sees keys that are for nothing but feeds that it manages. */
function seesKey(caller: Caller, key: ApiKey): boolean {
  if (caller.role !== 'manager') return true;
  return key.feeds !== 'all' && key.feeds.every((id) => managesFeed(caller, id));
}

function keyFor(registry: Registry, caller: Caller, id: string): ApiKey {
  const key = registry.view.keyById(id);
  if (key !== undefined && seesKey(caller, key)) return key;
  throw new ProblemError('noSuchEntity', { detail: `there is no key "${id}"` });
}

function refuseExcess(caller: Caller, key: ApiKey): void {
  const excess = excessOf(caller, key);
  if (excess !== undefined) throw new ProblemError('forbidden', { detail: excess });
}

const listKeys = operation({
  id: 'listKeys',
  method: 'get',
  path: '/api/keys',
  tag: 'Keys',
  summary: 'All keys that the caller manages, without the keys themselves.',
  access: 'manager',
  answerSchema: keyListSchema,
  handle: ({ registry, caller }) => {
    const uses = registry.log.keyUses();
    const seen = registry.view.keys.filter((key) => seesKey(caller, key));
    return { keys: seen.map((key) => summaryOf(key, uses.get(key.id) ?? null)) };
  },
});

const createKey = operation({
  id: 'createKey',
  method: 'post',
  path: '/api/keys',
  tag: 'Keys',
  summary: 'Creates a key and shows it, this once.',
  access: 'manager',
  bodySchema: keyCreationSchema,
  answerSchema: keyCreatedSchema,
  status: 201,
  handle: async ({ registry, caller, body, signal }) => {
    const { view } = registry;
    const { feeds: named, owner = ownerOf(caller), scopes, ...fields } = body;
    const feeds = named === 'all' ? named : [...new Set(named.map((name) => feedFor(view, caller, name).id))];
    const createdAt = registry.now();
    const { key, secret } = freshKey({ ...fields, feeds, owner, scopes: [...new Set(scopes)], createdAt });
    if (key.expiresAt !== null && Date.parse(key.expiresAt) <= Date.parse(createdAt)) {
      const detail = `expiresAt: expected an instant to come, got ${key.expiresAt}`;
      throw new ProblemError('invalidRequest', { detail });
    }
    refuseExcess(caller, key);
    const number = registry.commit({
      actor: actorOf(caller),
      summary: `Create the key ${key.name}`,
      operations: [{ entity: 'key', id: key.id, value: key }],
    });
    return { key: summaryOf(key, null), secret, change: await registry.receipt(number, signal) };
  },
});

const revokeKey = operation({
  id: 'revokeKey',
  method: 'delete',
  path: '/api/keys/{key}',
  tag: 'Keys',
  summary: 'Revokes a key; it is refused as soon as the answer is there.',
  access: 'manager',
  pathSchema: keyPath,
  answerSchema: deletedSchema,
  handle: async ({ registry, caller, path, signal }) => {
    const key = keyFor(registry, caller, path.key);
    refuseExcess(caller, key);
    const number = registry.commit({
      actor: actorOf(caller),
      summary: `Revoke the key ${key.name}`,
      operations: [{ entity: 'key', id: key.id, value: null }],
    });
    return { change: await registry.receipt(number, signal) };
  },
});

const reportKeyUsage = operation({
  id: 'reportKeyUsage',
  method: 'post',
  path: '/api/key-usage',
  tag: 'Fleet',
  summary: 'Tells when keys were last used; an instant to come counts as now.',
  access: 'operator',
  bodySchema: keyUsageSchema,
  answerSchema: keyUsageAnswerSchema,
  handle: ({ registry, body }) => {
    const now = registry.now();
    const uses = body.uses.map(({ keyId, lastUsedAt }) => {
      const at = new Date(lastUsedAt).toISOString();
      return { keyId, lastUsedAt: at < now ? at : now };
    });
    return { recorded: registry.log.recordKeyUses(uses) };
  },
});

export const keyOperations: readonly ApiOperation[] = [listKeys, createKey, revokeKey, reportKeyUsage];
