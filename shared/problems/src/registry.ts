/**
 * The error registry: every failure that a user or an operator can meet, under one stable code.
 *
 * Match on `code`, never on prose. The title is also the HTTP reason phrase, because that is all that NuGet clients print.
 */

import { define } from './problem-definition.ts';
import { processProblems } from './process-problems.ts';

/** Says in an answer whose trouble it tells of. */
export const FAULT_HEADER = 'x-feedfleet-fault';
export const SOURCE_FAULT = 'source';
export const STORAGE_FAULT = 'storage';

export const problemRegistry = define({
  invalidRequest: {
    code: 'FF_INVALID_REQUEST',
    status: 400,
    title: 'Invalid request',
    solve: 'Correct what the detail names and send the request again.',
  },
  invalidQuery: {
    code: 'FF_INVALID_QUERY',
    status: 400,
    title: 'Invalid query',
    solve: 'Use the query form that the detail suggests.',
  },
  invalidPackage: {
    code: 'FF_INVALID_PACKAGE',
    status: 400,
    title: 'Invalid package',
    solve: 'Mend the package as the detail says, pack it again and push it again.',
  },
  malformedFeedChain: {
    code: 'FF_MALFORMED_FEED_CHAIN',
    status: 400,
    title: 'The feed chain is malformed',
    solve: 'Send X-NuGet-Feedchain in the grammar of docs/feedchain.md, or leave it out.',
  },
  unauthenticated: {
    code: 'FF_UNAUTHENTICATED',
    status: 401,
    title: 'An API key is needed',
    solve: 'Send a key as X-NuGet-ApiKey, as the password of Basic authentication, or in a pre-authenticated URL.',
  },
  forbidden: {
    code: 'FF_FORBIDDEN',
    status: 403,
    title: 'The API key does not allow this',
    solve: 'Use a key with the scope, the feed and the package id that the detail names.',
  },
  quotaExceeded: {
    code: 'FF_QUOTA_EXCEEDED',
    status: 403,
    title: 'The quota of the feed is used up',
    solve: 'Delete versions that nobody needs, or have an operator raise the quota of the feed.',
  },
  noSuchFeed: {
    code: 'FF_NO_SUCH_FEED',
    status: 404,
    title: 'No such feed',
    solve: 'Check the feed name in the URL: /F/<feed>.',
  },
  noSuchPackage: {
    code: 'FF_NO_SUCH_PACKAGE',
    status: 404,
    title: 'No such package',
    solve: 'Check id and version; list what the feed has with a search.',
  },
  noSuchFile: {
    code: 'FF_NO_SUCH_FILE',
    status: 404,
    title: 'The package has no such file',
    solve: 'A readme, an icon or a license is served when the nuspec names one and the package holds it.',
  },
  noSuchSymbols: {
    code: 'FF_NO_SUCH_SYMBOLS',
    status: 404,
    title: 'No such symbols',
    solve:
      'Push the symbols package (.snupkg) that was made with the assembly; a PDB of another build has another key.',
  },
  noSuchResource: {
    code: 'FF_NO_SUCH_RESOURCE',
    status: 404,
    title: 'Nothing is served here',
    solve: 'Check the path; the detail names the paths that are served.',
  },
  noSuchEntity: {
    code: 'FF_NO_SUCH_ENTITY',
    status: 404,
    title: 'Not in the registry',
    solve: 'Check the id that the detail names; a list of the same kind shows what the registry has.',
  },
  methodNotAllowed: {
    code: 'FF_METHOD_NOT_ALLOWED',
    status: 405,
    title: 'Method not allowed',
    solve: 'Use one of the methods in the Allow header.',
  },
  requestTimeout: {
    code: 'FF_REQUEST_TIMEOUT',
    status: 408,
    title: 'The request took too long to arrive',
    solve: 'Send the request again without pauses, or over a faster connection.',
  },
  packageExists: {
    code: 'FF_PACKAGE_EXISTS',
    status: 409,
    title: 'This package version exists already',
    solve: 'Raise the version, or push with --skip-duplicate.',
  },
  conflict: {
    code: 'FF_CONFLICT',
    status: 409,
    title: 'Conflict',
    solve: 'Choose another name, or change what exists.',
  },
  bodyTooLarge: {
    code: 'FF_BODY_TOO_LARGE',
    status: 413,
    title: 'Too large',
    solve: 'Stay below the limit that the detail names, or have an operator raise it.',
  },
  uriTooLong: {
    code: 'FF_URI_TOO_LONG',
    status: 414,
    title: 'The URL is too long',
    solve: 'Ask for less at once, or send the query as the body of a POST.',
  },
  rangeNotSatisfiable: {
    code: 'FF_RANGE_NOT_SATISFIABLE',
    status: 416,
    title: 'Range not satisfiable',
    solve: 'Ask for a range inside the size that Content-Range names.',
  },
  feedBusy: {
    code: 'FF_FEED_BUSY',
    status: 429,
    title: 'Too many requests to this feed',
    solve: 'Try again after the time in Retry-After, with fewer requests at a time.',
  },
  headersTooLarge: {
    code: 'FF_HEADERS_TOO_LARGE',
    status: 431,
    title: 'Request header fields too large',
    solve: 'Send fewer or shorter headers.',
  },
  internal: {
    code: 'FF_INTERNAL',
    status: 500,
    title: 'Internal error',
    solve: 'Report the request id to the operator; the log line with that id has the cause.',
  },
  endpointFailed: {
    code: 'FF_ENDPOINT_FAILED',
    status: 502,
    title: 'The endpoint broke off',
    solve: 'Try again; if it stays, look at the fleet status.',
  },
  unavailable: {
    code: 'FF_UNAVAILABLE',
    status: 503,
    title: 'Temporarily unavailable',
    solve: 'Try again after the time in Retry-After.',
  },
  storeUnavailable: {
    code: 'FF_STORE_UNAVAILABLE',
    status: 503,
    title: 'The package store is unavailable',
    solve: 'Try again after the time in Retry-After.',
  },
  storageUnavailable: {
    code: 'FF_STORAGE_UNAVAILABLE',
    status: 503,
    title: 'The storage of package files is unavailable',
    solve: 'Try again after the time in Retry-After; packages that were served lately still are.',
    fault: STORAGE_FAULT,
  },
  sourceUnavailable: {
    code: 'FF_SOURCE_UNAVAILABLE',
    status: 503,
    title: 'A package source does not answer',
    solve: 'Try again after the time in Retry-After; a source that is not needed can be made optional.',
    fault: SOURCE_FAULT,
  },
  registryUnavailable: {
    code: 'FF_REGISTRY_UNAVAILABLE',
    status: 503,
    title: 'The registry is unavailable',
    solve: 'Reads and pushes go on; repeat the change when the registry is back.',
  },
  notRegistry: {
    code: 'FF_NOT_A_REGISTRY',
    status: 502,
    title: 'This is not a registry',
    solve: 'Name the address of the registry, not that of the balancer or of another server.',
  },
  sourceMalformed: {
    code: 'FF_SOURCE_MALFORMED',
    status: 503,
    title: 'A package source answers what is no answer',
    solve: 'Check that the URL of the source is that of a NuGet feed and that its credential is accepted.',
    fault: SOURCE_FAULT,
  },
  sourceDenied: {
    code: 'FF_SOURCE_DENIED',
    status: 503,
    title: 'A package source refuses the credential',
    solve: 'Give the source a credential that it accepts.',
    fault: SOURCE_FAULT,
  },
  sourceUnreachable: {
    code: 'FF_SOURCE_UNREACHABLE',
    status: 503,
    title: 'A package source cannot be reached',
    solve: 'Try again after the time in Retry-After; if it stays, check the URL of the source.',
    fault: SOURCE_FAULT,
  },
  sourceTimeout: {
    code: 'FF_SOURCE_TIMEOUT',
    status: 503,
    title: 'A package source takes too long',
    solve: 'Try again after the time in Retry-After, or raise the time limit of the source.',
    fault: SOURCE_FAULT,
  },
  sourceNotTrusted: {
    code: 'FF_SOURCE_NOT_TRUSTED',
    status: 503,
    title: 'The certificate of a package source is not trusted',
    solve: 'Have its operator renew the certificate; certificates are always verified.',
    fault: SOURCE_FAULT,
  },
  sourceAddressRefused: {
    code: 'FF_SOURCE_ADDRESS_REFUSED',
    status: 503,
    title: 'A package source leads to an address that is not allowed',
    solve: 'Use the address that the source ends up at; an administrator can allow private addresses for a source.',
    fault: SOURCE_FAULT,
  },
  sourceFailed: {
    code: 'FF_SOURCE_FAILED',
    status: 503,
    title: 'A package source reports a failure of its own',
    solve: 'Try again after the time in Retry-After.',
    fault: SOURCE_FAULT,
  },
  sourceResting: {
    code: 'FF_SOURCE_RESTING',
    status: 503,
    title: 'A package source is not asked at the moment',
    solve: 'It failed lately, or is busy; try again after the time in Retry-After.',
    fault: SOURCE_FAULT,
  },
  draining: {
    code: 'FF_DRAINING',
    status: 503,
    title: 'Shutting down',
    solve: 'Try again; another instance or the next start will answer.',
  },
  fenced: {
    code: 'FF_FENCED',
    status: 503,
    title: 'Writes go to another datacenter',
    solve: 'Try again after the time in Retry-After, by the balancer, which knows where writes go.',
  },
  overloaded: {
    code: 'FF_OVERLOADED',
    status: 503,
    title: 'Too busy',
    solve: 'Try again after the time in Retry-After.',
  },
  deadlineExceeded: {
    code: 'FF_DEADLINE_EXCEEDED',
    status: 504,
    title: 'The deadline passed',
    solve: 'Try again; if it stays, look at the fleet status.',
  },
  feedChainTooLong: {
    code: 'FF_FEED_CHAIN_TOO_LONG',
    status: 508,
    title: 'The query came through too many feeds',
    solve:
      'Look for feeds outside of this fleet that lead to each other; the detail holds the feeds that the query came through.',
  },
  ...processProblems,
  invalidArgument: {
    code: 'FF_INVALID_ARGUMENT',
    status: 500,
    title: 'Broken precondition',
    solve: 'This is a defect of feedfleet; report it.',
  },
  corrupt: {
    code: 'FF_CORRUPT',
    status: 503,
    title: 'Stored data is damaged',
    solve: 'Restore the named file from a backup, or push the same package again.',
    fault: STORAGE_FAULT,
  },
});

export type ProblemName = keyof typeof problemRegistry;
