/**
 * Standing in for other families: the balancer names the family whose path a request has, and that family's protocol answers it as its
 * own process would. Nothing of it is loaded before the first such request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { sendProblem } from '@feedfleet/host';
import type { RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';

import type { FeedProtocol } from './protocol.ts';

/** By family. */
export type AlternateProtocols = Readonly<Record<string, () => Promise<FeedProtocol>>>;

export interface AlternatesOptions {
  /** Whose process this is. */
  readonly family: string;
  readonly protocols: AlternateProtocols;
  /** Makes the handler of another family's protocol. */
  readonly open: (protocol: FeedProtocol, family: string) => RawHandler;
  /** Called right after a request was handed on that had to wait for its handler. */
  readonly waited: () => void;
}

export class Alternates {
  readonly #options: AlternatesOptions;
  readonly #handlers = new Map<string, RawHandler>();

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
    this.#load(String(asked)).then(
      (loaded) => {
        try {
          loaded(request, response, context);
        } catch (error) {
          sendProblem(response, error, context);
        } finally {
          this.#options.waited();
        }
      },
      (error: unknown) => sendProblem(response, error, context),
    );
  }

  async #load(family: string): Promise<RawHandler> {
    const { protocols, open } = this.#options;
    const load = Object.hasOwn(protocols, family) ? protocols[family] : undefined;
    if (load === undefined) throw this.#notServed();
    const protocol = await load();
    // Of several requests that came while it was loaded, one makes the handler.
    const handler = this.#handlers.get(family) ?? open(protocol, family);
    this.#handlers.set(family, handler);
    return handler;
  }

  #notServed(): ProblemError {
    const { family, protocols } = this.#options;
    const others = Object.keys(protocols).join(', ');
    const detail = `this is a process of the family ${family}; it stands in for ${others === '' ? 'no other' : others}`;
    return new ProblemError('unavailable', { detail });
  }
}
