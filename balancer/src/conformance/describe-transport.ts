/** The suite that every engine behind the transport port passes, over real sockets. */
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { Transport } from '../transport.ts';
import { describeAnswers } from './answers.ts';
import { describeAttempts } from './attempts.ts';
import { describeBodies } from './bodies.ts';
import { describeFailures } from './failures.ts';
import { describeFraming } from './framing.ts';
import { describeHeaders } from './headers.ts';
import type { Setting } from './setting.ts';
import { Cleanup } from './sockets.ts';

export function describeTransport(name: string, make: () => Transport): void {
  describe(name, () => {
    let setting: Setting;
    beforeEach(() => {
      setting = { make, cleanup: new Cleanup() };
    });
    afterEach(() => setting.cleanup.run());
    const current = (): Setting => setting;
    describeFraming(current);
    describeHeaders(current);
    describeAnswers(current);
    describeFailures(current);
    describeBodies(current);
    describeAttempts(current);
  });
}
