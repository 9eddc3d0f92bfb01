/**
 * Standing in for other families: the balancer names the family whose path a request has, and that family's protocol answers it as its
 * own process would. Nothing of it is loaded before the first such request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { sendProblem } from '@feedfleet/host';
import type { RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';

/** By family. */
export type AlternateHandlers = Readonly<Record<string, () => Promise<RawHandler>>>;

export interface AlternatesOptions {
  /** Whose process this is. */
  readonly family: string;
  /** Each is opened once, when it is first asked for; again only when that failed. */
  readonly handlers: AlternateHandlers;
  /** Called right after a request was handed on that had to wait for its handler. */
  readonly waited: () => void;
}

export class Alternates {
  readonly #options: AlternatesOptions;
  readonly #handlers = new Map<string, RawHandler>();
  readonly #opening = new Map<string, Promise<RawHandler>>();

  constructor(options: AlternatesOptions) {
    this.#options = options;
  }

  /** @param asked - what the request names. */
  handle(
    asked: string | string[],
    request: IncomingMessage,
    { response, context }: { readonly response: ServerResponse; readonly context: RequestContext },
  ): void {
    const handler = typeof asked === 'string' ? this.#handlers.get(asked) : undefined;
    if (handler !== undefined) {
      handler(request, response, context);
      return;
    }
    this.#opened(String(asked)).then(
      (opened) => {
        try {
          opened(request, response, context);
        } catch (error) {
          sendProblem(response, error, context);
        } finally {
          this.#options.waited();
        }
      },
      (error: unknown) => sendProblem(response, error, context),
    );
  }

  /** Of several requests that come meanwhile, one opens the handler. */
  async #opened(family: string): Promise<RawHandler> {
    const { handlers } = this.#options;
    const open = Object.hasOwn(handlers, family) ? handlers[family] : undefined;
    if (open === undefined) throw this.#notServed();
    const underWay = this.#opening.get(family);
    if (underWay !== undefined) return underWay;
    const opening = open();
    this.#opening.set(family, opening);
    try {
      const handler = await opening;
      this.#handlers.set(family, handler);
      return handler;
    } finally {
      this.#opening.delete(family);
    }
  }

  #notServed(): ProblemError {
    const { family, handlers } = this.#options;
    const others = Object.keys(handlers).join(', ');
    const detail = `this is a process of the family ${family}; it stands in for ${others === '' ? 'no other' : others}`;
    return new ProblemError('unavailable', { detail });
  }
}
