/** Requests and answers of the registry's API about package sources. Secrets go in, and never come out. */
import { z } from 'zod';

import { changeReceiptSchema } from './api-schemas.ts';
import { feedNameSchema } from './entity-fields.ts';
import {
  isForeignUrl,
  sourceCredentialSchema,
  sourceLoopSchema,
  sourceSchema,
  sourceTargetSchema,
} from './source-model.ts';

const [basicSchema, apiKeySchema, bearerSchema] = sourceCredentialSchema.options;
const [feedTargetSchema, foreignTargetSchema] = sourceTargetSchema.options;

const maxSecretCharacters = 4096;
/** Sent as a header of its own. */
const tokenSchema = z
  .string()
  .max(maxSecretCharacters)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces');

const credentialWriteSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: basicSchema.shape.kind,
    userName: basicSchema.shape.userName,
    secret: z
      .string()
      .min(1)
      .max(maxSecretCharacters)
      .regex(/^\P{Cc}*$/u, 'a password without control characters'),
  }),
  z.strictObject({ kind: apiKeySchema.shape.kind, secret: tokenSchema }),
  z.strictObject({ kind: bearerSchema.shape.kind, secret: tokenSchema }),
]);
/** With its secret in clear, on the way to the registry. */
export type SourceCredentialWrite = z.infer<typeof credentialWriteSchema>;

const targetWriteSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: feedTargetSchema.shape.kind,
    feed: z.string().min(1).max(200).describe('Id, name or alias of a feed of this fleet.'),
  }),
  z.strictObject({
    kind: foreignTargetSchema.shape.kind,
    url: z
      .string()
      .max(2000)
      .refine(isForeignUrl, 'an absolute URL of http or https, without user, password or fragment')
      .describe('A URL that names a feed of this fleet becomes that feed.'),
    protocol: foreignTargetSchema.shape.protocol
      .optional()
      .describe('Default: v3 for a URL that ends with .json, else v2.'),
  }),
]);
export type SourceTargetWrite = z.infer<typeof targetWriteSchema>;

const { shape } = sourceSchema;

/** Without their defaults: a change leaves what it does not name. */
const sourceFields = {
  name: shape.name,
  target: targetWriteSchema,
  credential: credentialWriteSchema.nullable(),
  position: shape.position.describe('Place among the sources of the feed, from 0; the others make room.'),
  include: shape.include.unwrap(),
  exclude: shape.exclude.unwrap(),
  prerelease: shape.prerelease.unwrap(),
  mode: shape.mode.unwrap(),
  required: shape.required.unwrap(),
  enabled: shape.enabled.unwrap(),
  timeoutMs: shape.timeoutMs.unwrap(),
  freshMs: shape.freshMs.unwrap(),
  staleMs: shape.staleMs.unwrap(),
  allowPrivateAddresses: shape.allowPrivateAddresses.unwrap().describe('Only administrators set it.'),
};

export const sourceCreationSchema = z.strictObject({
  ...sourceFields,
  credential: sourceFields.credential.default(null),
  position: sourceFields.position.optional(),
  include: shape.include,
  exclude: shape.exclude,
  prerelease: shape.prerelease,
  mode: shape.mode,
  required: shape.required,
  enabled: shape.enabled,
  timeoutMs: shape.timeoutMs,
  freshMs: shape.freshMs,
  staleMs: shape.staleMs,
  allowPrivateAddresses: shape.allowPrivateAddresses,
});
/** Name and target are needed; everything else has a default. */
export type SourceCreation = z.input<typeof sourceCreationSchema>;

export const sourceChangeSchema = z
  .strictObject(sourceFields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'at least one field to change');
export type SourceChange = z.input<typeof sourceChangeSchema>;

/** A source as answers show it. */
export const sourceSummarySchema = sourceSchema.extend({
  target: z.discriminatedUnion('kind', [
    feedTargetSchema.extend({
      name: feedNameSchema
        .nullable()
        .describe('Of the feed; null for a caller who may not read it, as the source may not.'),
    }),
    foreignTargetSchema,
  ]),
  credential: z
    .discriminatedUnion('kind', [
      basicSchema.pick({ kind: true, userName: true }),
      apiKeySchema.pick({ kind: true }),
      bearerSchema.pick({ kind: true }),
    ])
    .nullable(),
});
export type SourceSummary = z.infer<typeof sourceSummarySchema>;

export const sourceAnswerSchema = z.strictObject({ source: sourceSummarySchema });
export const sourceListSchema = z.strictObject({ sources: z.array(sourceSummarySchema) });
export const sourceWrittenSchema = z.strictObject({
  source: sourceSummarySchema,
  notes: z.array(z.string()).describe('What the registry made of it beyond what was said, one sentence each.'),
  change: changeReceiptSchema,
});
export type SourceWritten = z.infer<typeof sourceWrittenSchema>;

/** What somebody found who looked whether sources lead back to this fleet. */
export const sourceReportsSchema = z.strictObject({
  reports: z
    .array(
      z.strictObject({
        source: shape.id,
        url: foreignTargetSchema.shape.url.describe(
          'What was looked at: counts only while the source has this URL ...',
        ),
        fingerprint: basicSchema.shape.fingerprint.nullable().describe('... and this credential.'),
        state: sourceLoopSchema.shape.state,
        probe: z
          .string()
          .min(1)
          .max(64)
          .optional()
          .describe('Tells a probe from others of the source: `clear` counts only if this one is never `caught`.'),
      }),
    )
    .min(1)
    .max(1000),
});
export type SourceReports = z.infer<typeof sourceReportsSchema>;

export const sourceReportsAnswerSchema = z.strictObject({
  recorded: z.number().int().min(0).describe('Sources whose loop state was written.'),
  unchanged: z.number().int().min(0).describe('Sources of which the same was written within the last hour.'),
  outdated: z
    .number()
    .int()
    .min(0)
    .describe('Reports about what no source has any more, and of `clear` for a probe that was caught.'),
});
export type SourceReportsAnswer = z.infer<typeof sourceReportsAnswerSchema>;

/** Of the foreign sources of all feeds, each once: where somebody looks who watches certificates. No feed is named. */
const sourceHostSchema = z.strictObject({
  host: z.string().describe('A name or an IP address, without brackets.'),
  port: z.number().int().min(1).max(65_535),
  allowPrivateAddresses: z.boolean().describe('Whether a source there may be at a private address.'),
});
export type SourceHost = z.infer<typeof sourceHostSchema>;

/** Most hosts that are told. */
export const MAX_SOURCE_HOSTS = 200;

export const sourceHostsAnswerSchema = z.strictObject({
  hosts: z.array(sourceHostSchema).max(MAX_SOURCE_HOSTS).describe('Those that most sources have come first.'),
  left: z.number().int().min(0).describe('Hosts that are left out.'),
});
export type SourceHostsAnswer = z.infer<typeof sourceHostsAnswerSchema>;
