/** What is asked for, knowing that it is not there: an answer of the family's own that it had to look for. */
import { codeOf } from './step.ts';
import type { Step } from './step.ts';

/** For observers that have no feed of their own yet. @param path - below the root of a feed that does not exist. */
export function noFeedLook(path: string): readonly Step[] {
  return [absence('a feed that does not exist', path, 'FF_NO_SUCH_FEED')];
}

/** @param code - of the answer. */
export function absence(name: string, path: string, code: string): Step {
  return {
    name,
    request: () => ({ path }),
    faultOf: ({ status, body }) => {
      const given = codeOf(body);
      if (status === 404 && given === code) return undefined;
      return `expected 404 ${code}, got ${status}${given === undefined ? '' : ` ${given}`}`;
    },
  };
}
