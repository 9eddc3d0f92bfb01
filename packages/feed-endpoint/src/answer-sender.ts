/** Sends what was computed, whatever its kind, and counts downloads. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { RequestContext } from '@feedfleet/host';

import { sendBlob, sendRelay, sendStream } from './blob-stream.ts';
import { versionOf } from './computed-answer.ts';
import type { Computed } from './computed-answer.ts';
import { oneWayHeads } from './one-way-answer.ts';
import { sendReady } from './ready-answer.ts';
import type { Audience } from './ready-answer.ts';
import { whenDownloaded } from './when-downloaded.ts';

export interface AnswerSenderOptions {
  /** How long the client of a download may take nothing, in milliseconds, before it is broken off. */
  readonly downloadIdleMs: number;
  /** Told of each download of a package, by `StoredVersion.key`. */
  readonly countDownload: ((versionKey: number) => void) | undefined;
  /** Header that answers may depend on. */
  readonly vary: string | undefined;
}

export interface Sending {
  readonly computed: Computed;
  readonly audience: Audience;
  readonly context: RequestContext;
  /** Whether something was left out because of the feed chain: the answer is for queries that came the same way only. */
  readonly isForOneWay?: boolean;
}

export class AnswerSender {
  readonly #options: AnswerSenderOptions;

  constructor(options: AnswerSenderOptions) {
    this.#options = options;
  }

  /** Resolves when everything was sent or the client is gone. */
  async send(
    request: IncomingMessage,
    response: ServerResponse,
    { computed, audience, context, isForOneWay = false }: Sending,
  ): Promise<void> {
    if (response.destroyed) return;
    this.watch(request, response, versionOf(computed));
    if (computed.kind === 'ready') {
      const ready = computed.answer;
      const answer = isForOneWay ? { ...ready, heads: oneWayHeads(ready.heads) } : ready;
      sendReady(request, response, { answer, audience });
      return;
    }
    const { answer } = computed;
    const transfer = { audience, signal: context.signal, idleMs: this.#options.downloadIdleMs, isForOneWay };
    switch (answer.kind) {
      case 'blob':
        return sendBlob(request, response, { ...transfer, answer });
      case 'relay':
        return sendRelay(request, response, { ...transfer, answer, progress: () => context.progress() });
      case 'stream':
        return sendStream(request, response, { ...transfer, answer, vary: this.#options.vary });
    }
  }

  /** To be called before an answer is sent. @param versionKey - undefined for what does not count. */
  watch(request: IncomingMessage, response: ServerResponse, versionKey: number | undefined): void {
    const count = this.#options.countDownload;
    if (count !== undefined && versionKey !== undefined) whenDownloaded(request, response, () => count(versionKey));
  }
}
