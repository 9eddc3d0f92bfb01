/** Who may operate a balancer: whoever has the operator token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@feedfleet/problems';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export class AdminAccess {
  readonly #expected: Buffer;

  constructor(operatorToken: string) {
    this.#expected = digest(operatorToken);
  }

  /**
   * Takes as long for a wrong token as for the right one, whatever they have in common.
   *
   * @throws {ProblemError} `FF_UNAUTHENTICATED` without a token, `FF_FORBIDDEN` with a wrong one.
   */
  check({ headers }: Pick<IncomingMessage, 'headers'>): void {
    const token = /^Bearer ([\x21-\x7e]{1,1000})$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) {
      throw new ProblemError('unauthenticated', {
        detail: 'the operator token is needed: Authorization: Bearer <token>',
        headers: { 'www-authenticate': 'Bearer realm="feedfleet"' },
      });
    }
    if (!timingSafeEqual(digest(token), this.#expected)) {
      throw new ProblemError('forbidden', { detail: 'this is not the operator token of the fleet' });
    }
  }
}
