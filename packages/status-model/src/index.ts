/** What is said of the fleet's state: the samples of observers, the report, and what people add to it. */
export { certificateSchema } from './certificates.ts';
export type { Certificate } from './certificates.ts';
export {
  incidentIdSchema,
  incidentSchema,
  incidentUpdateSchema,
  maintenanceSchema,
  messageSchema,
} from './incidents.ts';
export type { Incident, IncidentUpdate, Maintenance, Message } from './incidents.ts';
export {
  dayReportSchema,
  familyReportSchema,
  instanceReportSchema,
  latencyReportSchema,
  monthReportSchema,
  observerReportSchema,
  stateTimesSchema,
  statusReportSchema,
  tipSchema,
} from './report.ts';
export type {
  DayReport,
  FamilyReport,
  InstanceReport,
  LatencyReport,
  MonthReport,
  StateTimes,
  StatusReport,
  Tip,
} from './report.ts';
export {
  componentSchema,
  maxSamplesABatch,
  OBSERVER_AGENT,
  observerNameSchema,
  SAMPLE_VALID_ROUNDS,
  sampleBatchSchema,
  sampleSchema,
  verdictSchema,
} from './samples.ts';
export type { Sample, SampleBatch, Verdict } from './samples.ts';
export { dayNameSchema, instantSchema, monthNameSchema, stateSchema, STATES, textSchema } from './states.ts';
export type { State } from './states.ts';
export {
  alertSchema,
  auditEntrySchema,
  channelSchema,
  createdSubscriberSchema,
  deliverySchema,
  incidentChangesSchema,
  incidentClosingSchema,
  newIncidentSchema,
  newMaintenanceSchema,
  newMessageSchema,
  newSubscriberSchema,
  newUpdateSchema,
  noticeSubscriberSchema,
  severitySchema,
  testDeliverySchema,
  topicSchema,
} from './operator-api.ts';
export type {
  AuditEntry,
  Channel,
  CreatedSubscriber,
  Delivery,
  IncidentChanges,
  IncidentClosing,
  NewIncident,
  NewMaintenance,
  NewMessage,
  NewSubscriber,
  NoticeSubscriber,
  StatusAlert,
  TestDelivery,
  Topic,
} from './operator-api.ts';
