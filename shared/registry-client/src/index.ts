export {
  apiKeySchema,
  changeSchema,
  entityKindSchema,
  familySchema,
  feedNameSchema,
  feedSchema,
  instanceSchema,
  operationSchema,
  routeSchema,
  scopeSchema,
  snapshotSchema,
} from './model.ts';
export type { ApiKey, Change, EntityKind, Family, Feed, Instance, Operation, Route, Scope, Snapshot } from './model.ts';
