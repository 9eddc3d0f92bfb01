/** What operators tell the status page: incidents, maintenance, messages, and who is told of them. */
import { z } from 'zod';

import { incidentIdSchema, incidentSchema, maintenanceSchema, messageSchema } from './incidents.ts';
import { componentSchema } from './samples.ts';
import { instantSchema, textSchema } from './states.ts';

const webUrl = z.url({ protocol: /^https?$/, error: 'an http or https URL' }).max(2000);
const familyIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'the id of a family');
const componentsSchema = z.array(componentSchema).max(50);
const titleSchema = textSchema(200);
const longTextSchema = textSchema(4000);

export const newIncidentSchema = z.strictObject({
  title: titleSchema,
  state: incidentSchema.shape.state.default('down'),
  components: componentsSchema.default([]),
  /** The first update. */
  text: longTextSchema.optional(),
});
export type NewIncident = z.input<typeof newIncidentSchema>;

export const incidentChangesSchema = z
  .strictObject({
    title: titleSchema.optional(),
    state: incidentSchema.shape.state.optional(),
    components: componentsSchema.optional(),
    postMortemUrl: webUrl.nullable().optional(),
  })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), 'at least one change');
export type IncidentChanges = z.output<typeof incidentChangesSchema>;

export const newUpdateSchema = z.strictObject({ text: longTextSchema });
export const incidentClosingSchema = z.strictObject({
  text: longTextSchema.optional(),
  postMortemUrl: webUrl.optional(),
});
export type IncidentClosing = z.output<typeof incidentClosingSchema>;

export const newMaintenanceSchema = maintenanceSchema
  .omit({ id: true, text: true })
  .extend({ components: componentsSchema.min(1), text: longTextSchema.nullable().default(null) });
export type NewMaintenance = z.input<typeof newMaintenanceSchema>;

export const newMessageSchema = messageSchema
  .omit({ id: true, postedAt: true })
  .extend({ family: familyIdSchema.nullable().default(null), until: instantSchema.nullable().default(null) });
export type NewMessage = z.input<typeof newMessageSchema>;

/** `alertmanager`: its API for alerts; `alertmanager-webhook`: what takes the webhooks that it sends. */
export const channelSchema = z.enum(['email', 'webhook', 'alertmanager', 'alertmanager-webhook']);
export type Channel = z.infer<typeof channelSchema>;
export const topicSchema = z.enum(['incidents', 'alerts']);
export type Topic = z.infer<typeof topicSchema>;
export const severitySchema = z.enum(['page', 'ticket']);

export const newSubscriberSchema = z
  .strictObject({
    channel: channelSchema,
    /** An e-mail address or a URL. */
    target: z.string().max(2000),
    /** Alertmanager takes alerts alone. */
    topics: z.array(topicSchema).min(1).max(2),
    /** `null`: all. */
    families: z.array(familyIdSchema).min(1).max(50).nullable().default(null),
    /** The mildest alert that it is told. */
    minSeverity: severitySchema.default('ticket'),
    /** Whether its URL may lead to a loopback or private address. */
    allowPrivateAddresses: z.boolean().default(false),
  })
  .superRefine(({ channel, target, topics }, context) => {
    const isGood = (channel === 'email' ? z.email() : webUrl).safeParse(target).success;
    const expected = channel === 'email' ? 'an e-mail address' : 'an http or https URL';
    if (!isGood) context.addIssue({ code: 'custom', path: ['target'], message: expected });
    if (channel.startsWith('alertmanager') && topics.includes('incidents')) {
      context.addIssue({ code: 'custom', path: ['topics'], message: `["alerts"] for ${channel}` });
    }
  });
export type NewSubscriber = z.input<typeof newSubscriberSchema>;

export const noticeSubscriberSchema = z.strictObject({
  id: incidentIdSchema,
  channel: channelSchema,
  target: z.string(),
  topics: z.array(topicSchema),
  families: z.array(z.string()).nullable(),
  minSeverity: severitySchema,
  allowPrivateAddresses: z.boolean(),
  createdAt: instantSchema,
});
export type NoticeSubscriber = z.infer<typeof noticeSubscriberSchema>;

/** `secret` signs what a webhook gets, by the specification Standard Webhooks; it is shown this once. */
export const createdSubscriberSchema = z.strictObject({
  subscriber: noticeSubscriberSchema,
  secret: z.string().nullable(),
});
export type CreatedSubscriber = z.infer<typeof createdSubscriberSchema>;

export const deliverySchema = z.strictObject({
  id: z.number().int(),
  subscriber: z.string(),
  target: z.string(),
  type: z.string(),
  subject: z.string(),
  /** `dropped`: its subscriber had too many that waited. */
  state: z.enum(['queued', 'sent', 'failed', 'dropped']),
  attempts: z.number().int(),
  createdAt: instantSchema,
  nextAttemptAt: instantSchema.nullable(),
  finishedAt: instantSchema.nullable(),
  /** Of the last attempt that went wrong. */
  problem: z.string().nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const testDeliverySchema = z.strictObject({ isSent: z.boolean(), problem: z.string().nullable() });
export type TestDelivery = z.infer<typeof testDeliverySchema>;

export const alertSchema = z.strictObject({
  name: z.string(),
  subject: z.string(),
  severity: severitySchema,
  summary: z.string(),
  firedAt: instantSchema,
  /** `null`: it fires. */
  resolvedAt: instantSchema.nullable(),
});
export type StatusAlert = z.infer<typeof alertSchema>;

export const auditEntrySchema = z.strictObject({
  at: instantSchema,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
