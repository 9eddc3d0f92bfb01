/**
 * What a feed keeps of the sources that it mirrors, for keys with the scope `manage`, below `/F/{feed}/api/manage/source-copies`: `GET` tells the
 * size for each source, and `DELETE ?source=` (name or id) takes all of it away, also of a source that is gone.
 */
import type { IncomingMessage } from 'node:http';
import { sendProblem } from '@feedfleet/host';
import type { RawHandler } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { parseFeedPath, permit, readFeedAccess } from '@feedfleet/registry-client';
import type { FeedDirectory } from '@feedfleet/registry-client';
import type { BlobStore, SourceCopies } from '@feedfleet/store';
import { sendDocument, shownSource, sourceIdOf } from './source-management.ts';

const PATH = /^\/api\/manage\/source-copies\/?$/i;

export interface SourceCopyEndpointOptions {
  readonly sourceCopies: Pick<SourceCopies, 'statistics' | 'remove'>;
  readonly blobs: Pick<BlobStore, 'remove'>;
  readonly registry: FeedDirectory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Answers everything that is not about copies. */
  readonly otherwise: RawHandler;
}

export class SourceCopyEndpoint {
  readonly #options: SourceCopyEndpointOptions;

  constructor(options: SourceCopyEndpointOptions) {
    this.#options = options;
  }

  /** For `startHost({ handler })`. */
  readonly handler: RawHandler = (request, response, context) => {
    if (!PATH.test(parseFeedPath(request.url ?? '/')?.rest ?? '')) {
      this.#options.otherwise(request, response, context);
      return;
    }
    this.#answer(request).then(
      (document) => sendDocument(response, document),
      (error: unknown) => sendProblem(response, error, context),
    );
  };

  async #answer(request: IncomingMessage): Promise<object> {
    const { registry, sourceCopies, blobs } = this.#options;
    const access = readFeedAccess(request, registry);
    const feed = permit(access, { ...this.#options, scope: 'manage' });
    const view = registry.current();
    switch (request.method) {
      case 'GET':
      case 'HEAD': {
        const kept = await sourceCopies.statistics(feed.id);
        return {
          sources: kept.map(({ sourceId, packages, bytes }) => ({
            source: shownSource(view, sourceId),
            packages,
            bytes,
          })),
        };
      }
      case 'DELETE': {
        const source = new URLSearchParams((request.url ?? '').split('?')[1] ?? '').get('source');
        if (source === null) {
          throw new ProblemError('invalidRequest', { detail: 'expected ?source={name or id of a source}' });
        }
        return sourceCopies.remove(feed.id, sourceIdOf(view, feed, source), (sha512) => blobs.remove(sha512));
      }
      default: {
        const allow = 'GET, HEAD, DELETE';
        throw new ProblemError('methodNotAllowed', { detail: `only ${allow} are answered here`, headers: { allow } });
      }
    }
  }
}
