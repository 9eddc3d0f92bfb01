/** The API of operators: incidents, maintenance, messages, subscribers, deliveries, alerts, audit. */
import * as model from '@feedfleet/status-model';
import { z } from 'zod';

const idPath = z.strictObject({ id: model.incidentIdSchema });
const limitQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });
const done = z.strictObject({ removed: z.string() });
const common = { access: 'operator' } as const;

export const listIncidents = {
  id: 'listIncidents',
  method: 'get',
  path: '/api/incidents',
  tag: 'Incidents',
  summary: 'Incidents that are open, then those of the last 90 days.',
  ...common,
  querySchema: z.strictObject({ state: z.enum(['open', 'all']).default('all') }),
  answerSchema: z.array(model.incidentSchema),
} as const;

export const getIncident = {
  id: 'getIncident',
  method: 'get',
  path: '/api/incidents/{id}',
  tag: 'Incidents',
  summary: 'One incident, however old.',
  ...common,
  pathSchema: idPath,
  answerSchema: model.incidentSchema,
} as const;

export const openIncident = {
  id: 'openIncident',
  method: 'post',
  path: '/api/incidents',
  tag: 'Incidents',
  summary: 'Opens an incident, which closes when an operator says so.',
  ...common,
  bodySchema: model.newIncidentSchema,
  answerSchema: model.incidentSchema,
  status: 201,
} as const;

export const editIncident = {
  id: 'editIncident',
  method: 'patch',
  path: '/api/incidents/{id}',
  tag: 'Incidents',
  summary: 'Changes title, state, components or the link to the post-mortem, also of a closed one.',
  ...common,
  pathSchema: idPath,
  bodySchema: model.incidentChangesSchema,
  answerSchema: model.incidentSchema,
} as const;

export const postIncidentUpdate = {
  id: 'postIncidentUpdate',
  method: 'post',
  path: '/api/incidents/{id}/updates',
  tag: 'Incidents',
  summary: 'Adds to the timeline of an incident.',
  ...common,
  pathSchema: idPath,
  bodySchema: model.newUpdateSchema,
  answerSchema: model.incidentSchema,
  status: 201,
} as const;

export const closeIncident = {
  id: 'closeIncident',
  method: 'post',
  path: '/api/incidents/{id}/close',
  tag: 'Incidents',
  summary: 'Closes an incident. One that opened by itself does not open again for the same trouble.',
  ...common,
  pathSchema: idPath,
  bodySchema: model.incidentClosingSchema,
  answerSchema: model.incidentSchema,
} as const;

export const listMaintenance = {
  id: 'listMaintenance',
  method: 'get',
  path: '/api/maintenance',
  tag: 'Maintenance',
  summary: 'Maintenance under way and planned, then that of the last 90 days.',
  ...common,
  answerSchema: z.array(model.maintenanceSchema),
} as const;

export const planMaintenance = {
  id: 'planMaintenance',
  method: 'post',
  path: '/api/maintenance',
  tag: 'Maintenance',
  summary: 'Announces maintenance. It begins in the future: an outage is not excused afterwards.',
  ...common,
  bodySchema: model.newMaintenanceSchema,
  answerSchema: model.maintenanceSchema,
  status: 201,
} as const;

export const cancelMaintenance = {
  id: 'cancelMaintenance',
  method: 'delete',
  path: '/api/maintenance/{id}',
  tag: 'Maintenance',
  summary: 'Takes back what is planned, or ends now what is under way.',
  ...common,
  pathSchema: idPath,
  answerSchema: model.maintenanceSchema,
} as const;

export const listMessages = {
  id: 'listMessages',
  method: 'get',
  path: '/api/messages',
  tag: 'Messages',
  summary: 'Messages and tips that the page shows.',
  ...common,
  answerSchema: z.array(model.messageSchema),
} as const;

export const postMessage = {
  id: 'postMessage',
  method: 'post',
  path: '/api/messages',
  tag: 'Messages',
  summary: 'Shows a message or a tip on the page.',
  ...common,
  bodySchema: model.newMessageSchema,
  answerSchema: model.messageSchema,
  status: 201,
} as const;

export const clearMessage = {
  id: 'clearMessage',
  method: 'delete',
  path: '/api/messages/{id}',
  tag: 'Messages',
  summary: 'Takes a message or a tip off the page.',
  ...common,
  pathSchema: idPath,
  answerSchema: done,
} as const;

export const listSubscribers = {
  id: 'listSubscribers',
  method: 'get',
  path: '/api/subscribers',
  tag: 'Subscribers',
  summary: 'Who is told of incidents and alerts.',
  ...common,
  answerSchema: z.array(model.noticeSubscriberSchema),
} as const;

export const addSubscriber = {
  id: 'addSubscriber',
  method: 'post',
  path: '/api/subscribers',
  tag: 'Subscribers',
  summary: 'Adds an e-mail address, a webhook or an Alertmanager. The secret of a webhook is shown this once.',
  ...common,
  bodySchema: model.newSubscriberSchema,
  answerSchema: model.createdSubscriberSchema,
  status: 201,
} as const;

export const removeSubscriber = {
  id: 'removeSubscriber',
  method: 'delete',
  path: '/api/subscribers/{id}',
  tag: 'Subscribers',
  summary: 'Removes a subscriber and what was on its way to it.',
  ...common,
  pathSchema: idPath,
  answerSchema: done,
} as const;

export const testSubscriber = {
  id: 'testSubscriber',
  method: 'post',
  path: '/api/subscribers/{id}/test',
  tag: 'Subscribers',
  summary: 'Sends a test at once and tells how that went.',
  ...common,
  pathSchema: idPath,
  answerSchema: model.testDeliverySchema,
} as const;

export const listDeliveries = {
  id: 'listDeliveries',
  method: 'get',
  path: '/api/deliveries',
  tag: 'Subscribers',
  summary: 'What was told to whom, what waits and what went wrong; newest first.',
  ...common,
  querySchema: limitQuery,
  answerSchema: z.array(model.deliverySchema),
} as const;

export const listAlerts = {
  id: 'listAlerts',
  method: 'get',
  path: '/api/alerts',
  tag: 'Alerts',
  summary: 'Alerts that fire, then the newest that did.',
  ...common,
  querySchema: limitQuery,
  answerSchema: z.array(model.alertSchema),
} as const;

export const listAudit = {
  id: 'listAudit',
  method: 'get',
  path: '/api/audit',
  tag: 'Audit',
  summary: 'What operators changed, newest first.',
  ...common,
  querySchema: limitQuery,
  answerSchema: z.array(model.auditEntrySchema),
} as const;
