/**
 * What clients push: a package that is there already, which is read whole and refused; from time to time symbols, which are stored anew
 * and leave no entry in the catalog of the feed; and seldom a package that is taken and unlisted at once, for each of these leaves two
 * entries for ever. The first writes to the feed when it is new there, so nobody else has to.
 *
 * Source: Microsoft, "Push and Delete".
 */
import type { CanaryPackage } from '../canary-package.ts';
import type { CanarySymbols } from '../canary-symbols.ts';
import type { ProbeAnswer } from '../probe-client.ts';
import { codeOf, statusFault } from './step.ts';
import type { Step } from './step.ts';

const PUSH_PATH = '/api/v2/package';
const SYMBOLS_PATH = '/api/v2/symbolpackage';

/** Taken only while the feed is new. */
export function pushLook(toRead: CanaryPackage): readonly Step[] {
  return [
    {
      name: 'push of a version that is there',
      request: () => ({ path: PUSH_PATH, method: 'PUT', body: toRead.bytes }),
      faultOf: (answer) =>
        statusFault(answer, [201, 202, 409]) ??
        (isOtherConflict(answer) ? 'another conflict than expected' : undefined),
    },
  ];
}

export function symbolsWriteLook({ bytes }: CanarySymbols): readonly Step[] {
  return [
    {
      name: 'push of symbols',
      request: () => ({ path: SYMBOLS_PATH, method: 'PUT', body: bytes }),
      faultOf: (answer) => statusFault(answer, [201, 202]),
    },
  ];
}

export function packageWriteLook({ id, version, bytes }: CanaryPackage): readonly Step[] {
  return [
    {
      name: 'push',
      request: () => ({ path: PUSH_PATH, method: 'PUT', body: bytes }),
      faultOf: (answer) => statusFault(answer, [201, 202]),
    },
    {
      name: 'unlist',
      request: () => ({ path: `${PUSH_PATH}/${id}/${version}`, method: 'DELETE' }),
      faultOf: (answer) => statusFault(answer, [200, 202, 204]),
    },
  ];
}

function isOtherConflict({ status, body }: ProbeAnswer): boolean {
  return status === 409 && codeOf(body) !== 'FF_PACKAGE_EXISTS';
}
