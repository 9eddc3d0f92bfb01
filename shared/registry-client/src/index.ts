export { authorize, isAdministrator, isExpired, judgeKey, refusalProblem } from './access.ts';
export type { AccessDecision, AccessGranted, AccessQuestion, AccessRefused, KeyVerdict } from './access.ts';
export {
  bootstrapAnswerSchema,
  bootstrapRequestSchema,
  changeReceiptSchema,
  changesAnswerSchema,
  deletedSchema,
  familyChangeSchema,
  familyListSchema,
  familyWriteSchema,
  familyWrittenSchema,
  feedAnswerSchema,
  feedChangeSchema,
  feedCreationSchema,
  feedListSchema,
  feedWrittenSchema,
  fleetAnswerSchema,
  instanceChangeSchema,
  instanceListSchema,
  instanceWriteSchema,
  instanceWrittenSchema,
  keyCreatedSchema,
  keyCreationSchema,
  keyListSchema,
  keySummarySchema,
  keyUsageAnswerSchema,
  keyUsageSchema,
  routeListSchema,
  routeWriteSchema,
  routeWrittenSchema,
  subscriberSchema,
  unsubscribedSchema,
} from './api-schemas.ts';
export type {
  BootstrapAnswer,
  BootstrapRequest,
  ChangeReceipt,
  ChangesAnswer,
  Deleted,
  FamilyChange,
  FamilyWrite,
  FamilyWritten,
  FeedChange,
  FeedCreation,
  FeedWritten,
  FleetAnswer,
  InstanceChange,
  InstanceWrite,
  InstanceWritten,
  KeyCreated,
  KeyCreation,
  KeySummary,
  KeyUsage,
  RouteWrite,
  RouteWritten,
  Subscriber,
} from './api-schemas.ts';
export { BalancerApi } from './balancer-api.ts';
export type { OverrideKey } from './balancer-api.ts';
export { overrideSchema, overrideValueSchemas, overrideWriteSchema } from './balancer-api-schemas.ts';
export type { BalancerState, Override, OverrideEntity } from './balancer-api-schemas.ts';
export {
  auditAnswerSchema,
  datacenterListSchema,
  datacenterWriteSchema,
  datacenterWrittenSchema,
  failoverRequestSchema,
  quarantineListSchema,
  quarantineWriteSchema,
  quarantineWrittenSchema,
  rerouteListSchema,
  rerouteWriteSchema,
  rerouteWrittenSchema,
} from './balancing-api-schemas.ts';
export type {
  AuditAnswer,
  AuditEntry,
  AuditQuery,
  DatacenterWrite,
  DatacenterWritten,
  FailoverRequest,
  QuarantineWrite,
  QuarantineWritten,
  RerouteWrite,
  RerouteWritten,
} from './balancing-api-schemas.ts';
export { DatacentersApi, QuarantinesApi, ReroutesApi } from './balancing-api.ts';
export {
  datacenterSchema,
  DEFAULT_BALANCING,
  familyBalancingSchema,
  quarantineSchema,
  rerouteSchema,
} from './balancing-model.ts';
export type { Datacenter, FamilyBalancing, Quarantine, Reroute } from './balancing-model.ts';
export { leaseAnswerSchema, leaseRequestSchema, leaveAnswerSchema } from './lease-schemas.ts';
export type { LeaseRequest } from './lease-schemas.ts';
export { registerInstance } from './instance-registration.ts';
export type { InstanceRegistration } from './instance-registration.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { hashKey, newKey, readCredentials } from './credentials.ts';
export type { Credential, Credentials, CredentialSource } from './credentials.ts';
export { defaultFamilies, defaultRoutes } from './default-routes.ts';
export { feedNameSchema } from './entity-fields.ts';
export { permit, readFeedAccess } from './feed-access.ts';
export type { FeedAccess, FeedDirectory, PermitOptions } from './feed-access.ts';
export { decodeSegment, parseFeedPath } from './feed-path.ts';
export type { FeedPath } from './feed-path.ts';
export { fingerprintOf, fleetKeys, sealSecret, unsealSecret } from './fleet-secret.ts';
export type { FleetKeys } from './fleet-secret.ts';
export { matchesGlob } from './glob.ts';
export {
  apiKeySchema,
  changeSchema,
  DEFAULT_DATACENTER,
  DEFAULT_FEED_POLICY,
  EMPTY_SNAPSHOT,
  entityKindSchema,
  familySchema,
  feedSchema,
  instanceSchema,
  operationSchema,
  routeSchema,
  scopeSchema,
  snapshotSchema,
} from './model.ts';
export type { ApiKey, Change, EntityKind, Family, Feed, Instance, Operation, Route, Scope, Snapshot } from './model.ts';
export { FamiliesApi, FeedsApi, InstancesApi, KeysApi, RegistryApi, RoutesApi } from './registry-api.ts';
export type { ChangesPoll, RegistryApiOptions } from './registry-api.ts';
export type { RegistryAnswer, RegistryRequest, RegistrySender } from './registry-sender.ts';
export { sendByNode } from './send-by-node.ts';
export type { MirrorLog } from './mirror-log.ts';
export { openRegistryMirror } from './registry-mirror.ts';
export type { MirrorState, RegistryMirror, RegistryMirrorOptions } from './registry-mirror.ts';
export { applyChange, namesOf, RegistryView } from './registry-view.ts';
export { parseRoutePattern } from './route-pattern.ts';
export type { ParsedPattern, PatternSegment } from './route-pattern.ts';
export { compileRoutes } from './route-table.ts';
export type { RouteMatch, RouteMatched, RouteTable } from './route-table.ts';
export {
  MAX_SOURCE_HOSTS,
  sourceAnswerSchema,
  sourceChangeSchema,
  sourceCreationSchema,
  sourceHostsAnswerSchema,
  sourceListSchema,
  sourceReportsAnswerSchema,
  sourceReportsSchema,
  sourceSummarySchema,
  sourceWrittenSchema,
} from './source-api-schemas.ts';
export type {
  SourceChange,
  SourceCreation,
  SourceCredentialWrite,
  SourceHost,
  SourceHostsAnswer,
  SourceReports,
  SourceReportsAnswer,
  SourceSummary,
  SourceTargetWrite,
  SourceWritten,
} from './source-api-schemas.ts';
export { sourceEditSchema, sourceEffectAnswerSchema, sourceGraphAnswerSchema } from './source-graph-schemas.ts';
export type { SourceEditWrite, SourceEffectAnswer, SourceGraph } from './source-graph-schemas.ts';
export { SourcesApi } from './sources-api.ts';
export { FAMILY_HEADER, READING_FAMILIES, standInFault } from './stand-ins.ts';
export type { ReadingFamily } from './stand-ins.ts';
export { MAX_SOURCES_PER_FEED, sourceSchema } from './source-model.ts';
export type { Source, SourceCredential, SourceLoop, SourceTarget } from './source-model.ts';
export { WRITES_HEADER, epochPastRegistry, isNewerGrant, readWritesGrant, signWritesGrant } from './writes-grant.ts';
export type { WritesGrant } from './writes-grant.ts';
