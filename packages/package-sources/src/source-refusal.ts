/** Why a source could not be brought to say something. Inside this package only: whoever asks a source is told `unavailable`. */
import { problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import type { SourceFailureKind } from '@feedfleet/source-http';

export class SourceRefusal extends Error {
  override readonly name = 'SourceRefusal';
  /** Of a problem. */
  readonly code: string;
  readonly detail: string;
  /** The source does not take this question, now or later. */
  readonly isUnsupported: boolean;

  /** @param detail - one sentence about "the source", for everybody: no address, no secret. */
  constructor(problem: ProblemName, detail: string, isUnsupported = false) {
    super(detail);
    this.isUnsupported = isUnsupported;
    this.code = problemRegistry[problem].code;
    this.detail = detail;
  }
}

/** The source answered what is no answer to the question. */
export function malformed(detail: string): SourceRefusal {
  return new SourceRefusal('sourceMalformed', detail);
}

const PROBLEM_OF_KIND: Readonly<Record<SourceFailureKind, ProblemName>> = {
  refused: 'sourceUnreachable',
  reset: 'sourceUnreachable',
  dns: 'sourceUnreachable',
  timeout: 'sourceTimeout',
  cancelled: 'sourceTimeout',
  tls: 'sourceNotTrusted',
  certificateExpired: 'sourceNotTrusted',
  blockedAddress: 'sourceAddressRefused',
  badRedirect: 'sourceAddressRefused',
  tooLarge: 'sourceMalformed',
  malformed: 'sourceMalformed',
  breakerOpen: 'sourceResting',
  saturated: 'sourceResting',
  status: 'sourceFailed',
};

export function codeOfKind(kind: SourceFailureKind): string {
  return problemRegistry[PROBLEM_OF_KIND[kind]].code;
}
