/**
 * Package sources: where a feed takes packages from beside its own, another feed of the fleet or a foreign source.
 *
 * Secrets are in here as sealed text only: what holds a snapshot but not the fleet secret cannot read them.
 */
import { z } from 'zod';

import { entityIdSchema, feedNameSchema, isoInstantSchema, packageGlobsSchema } from './entity-fields.ts';

/** Most sources that a feed may have. */
export const MAX_SOURCES_PER_FEED = 100;

/** `v1.`, the initialization vector, `.`, ciphertext and tag, both base64url. */
const sealedSchema = z
  .string()
  .max(20_000)
  .regex(/^v1\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$/, 'a sealed secret');

/** Absolute, and canonical as `new URL()` writes it, so that the same source has the same text. */
const foreignUrlSchema = z
  .string()
  .max(2000)
  .refine((text) => isForeignUrl(text), 'an absolute URL of http or https, without user, password or fragment');

/** Absolute, of http or https, without user information and fragment. */
export function isForeignUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '' && url.hash === '' && !text.endsWith('#');
  return (url.protocol === 'https:' || url.protocol === 'http:') && isBare;
}

export const sourceTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('feed'), feed: entityIdSchema }),
  z.strictObject({ kind: z.literal('foreign'), protocol: z.enum(['v3', 'v2']), url: foreignUrlSchema }),
]);
export type SourceTarget = z.infer<typeof sourceTargetSchema>;

const sealedShape = {
  secret: sealedSchema,
  /**
   * Tells credentials apart without telling them. Of a feed target, whose secret is an API key of this fleet, it is `hashKey(secret)`;
   * of a foreign one it is keyed, so that nobody can try passwords against it.
   */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
};

export const sourceCredentialSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('basic'),
    /** Source: RFC 7617, section 2: no colon, no control characters. */
    userName: z
      .string()
      .max(200)
      .regex(/^[^:\p{Cc}]*$/u, 'a user name without ":" and control characters'),
    ...sealedShape,
  }),
  /** Sent as `X-NuGet-ApiKey`. */
  z.strictObject({ kind: z.literal('apiKey'), ...sealedShape }),
  z.strictObject({ kind: z.literal('bearer'), ...sealedShape }),
]);
export type SourceCredential = z.infer<typeof sourceCredentialSchema>;

export const sourceLoopSchema = z.strictObject({
  /** Whether it was found to lead back to this fleet by a way that loses the feed chain; `pending` until somebody has looked. */
  state: z.enum(['pending', 'clear', 'caught']),
  checkedAt: isoInstantSchema.nullable(),
});
export type SourceLoop = z.infer<typeof sourceLoopSchema>;

export const sourceSchema = z.strictObject({
  id: entityIdSchema,
  /** The feed that has it. */
  feed: entityIdSchema,
  /** Unique within the feed, without case. */
  name: feedNameSchema,
  /** Order within the feed; ties by id. */
  position: z.number().int().min(0).max(9999),
  target: sourceTargetSchema,
  credential: sourceCredentialSchema.nullable(),
  /** Package ids that are taken from it: those that an `include` matches and no `exclude` does. */
  include: packageGlobsSchema.min(1).default(['*']),
  exclude: packageGlobsSchema.default([]),
  /** Whether pre-releases are taken. */
  prerelease: z.boolean().default(true),
  /** `mirror` keeps what was downloaded; `proxy` asks live, with a cache. Of foreign sources. */
  mode: z.enum(['proxy', 'mirror']).default('proxy'),
  /** Whether the feed rather says that it cannot answer than leave this source out. */
  required: z.boolean().default(true),
  enabled: z.boolean().default(true),
  /** For a whole answer, in milliseconds; always within the deadline of the request. */
  timeoutMs: z.number().int().min(100).max(60_000).default(10_000),
  /** How long an answer of a foreign source counts as fresh, in milliseconds. */
  freshMs: z.number().int().min(0).max(86_400_000).default(60_000),
  /** How long a complete copy may stand in for a foreign source that does not answer, in milliseconds. */
  staleMs: z.number().int().min(0).max(31_536_000_000).default(604_800_000),
  /** Whether it may be at a loopback, link-local or private address. Only administrators say so. */
  allowPrivateAddresses: z.boolean().default(false),
  /** Of foreign sources; null of others. */
  loop: sourceLoopSchema.nullable(),
  createdAt: isoInstantSchema,
});
export type Source = z.infer<typeof sourceSchema>;
