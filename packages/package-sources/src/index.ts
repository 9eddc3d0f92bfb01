export { foreignSource, foreignSourceOptions } from './foreign-source.ts';
export type { ForeignSourceParts } from './foreign-source.ts';
export { isDenial } from './is-denial.ts';
export { KeptAnswers } from './kept-answers.ts';
export type { KeptAnswersOptions } from './kept-answers.ts';
export { keptSource } from './kept-source.ts';
export type { KeptSourceOptions } from './kept-source.ts';
export { ownAddressesOf } from './own-addresses.ts';
export type {
  Ask,
  PackageSource,
  SourceAnswer,
  SourceContent,
  SourceHit,
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  VersionsById,
} from './package-source.ts';
export type { ForeignSourceOptions } from './source-call.ts';
export { describeService } from './service-description.ts';
export type { ForeignProtocol, ServiceDescription } from './service-description.ts';
export { codeOfKind } from './source-refusal.ts';
export { SourceSecrets } from './source-secrets.ts';
export type { SourceVersion } from './source-version.ts';
export type { Oddity } from './told-version.ts';
export { v2Source } from './v2-source.ts';
export { v3Source } from './v3-source.ts';
