/**
 * From which package sources a feed takes its ids, for keys with the scope `manage`, below `/F/{feed}/api/manage/source-pins`: `GET` lists the
 * pins, `DELETE {id}` takes one away, and `DELETE ?source=` (name or id) all that lead to one source.
 */
import type { IncomingMessage } from 'node:http';
import { sendProblem } from '@feedfleet/host';
import type { RawHandler } from '@feedfleet/host';
import { isPackageId } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import { decodeSegment, parseFeedPath, permit, readFeedAccess } from '@feedfleet/registry-client';
import type { Feed, FeedDirectory, RegistryView } from '@feedfleet/registry-client';
import type { SourcePin, SourcePins } from '@feedfleet/store';
import { sendDocument, shownSource, sourceIdOf } from './source-management.ts';

const PATH = /^\/api\/manage\/source-pins(?:\/([^/]*))?\/?$/i;
const PINS_PER_PAGE = 1000;

export interface SourcePinEndpointOptions {
  readonly sourcePins: Pick<SourcePins, 'list' | 'unpin'>;
  readonly registry: FeedDirectory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Answers everything that is not about source pins. */
  readonly otherwise: RawHandler;
}

export class SourcePinEndpoint {
  readonly #options: SourcePinEndpointOptions;

  constructor(options: SourcePinEndpointOptions) {
    this.#options = options;
  }

  /** For `startHost({ handler })`. */
  readonly handler: RawHandler = (request, response, context) => {
    const path = PATH.exec(parseFeedPath(request.url ?? '/')?.rest ?? '');
    if (path === null) {
      this.#options.otherwise(request, response, context);
      return;
    }
    this.#answer(request, decodeSegment(path[1] ?? '')).then(
      (document) => sendDocument(response, document),
      (error: unknown) => sendProblem(response, error, context),
    );
  };

  async #answer(request: IncomingMessage, id: string): Promise<object> {
    const { registry } = this.#options;
    const access = readFeedAccess(request, registry);
    const feed = permit(access, { ...this.#options, scope: 'manage' });
    const parameters = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    if (method === 'GET' && id === '') return this.#list(feed, parameters.get('after') ?? '');
    if (method === 'DELETE') return this.#unpin(feed, id, parameters.get('source'));
    const allow = id === '' ? 'GET, HEAD, DELETE' : 'DELETE';
    throw new ProblemError('methodNotAllowed', { detail: `only ${allow} are answered here`, headers: { allow } });
  }

  async #list(feed: Feed, after: string): Promise<object> {
    const page = { after: after.toLowerCase(), limit: PINS_PER_PAGE };
    const { items, next } = await this.#options.sourcePins.list(feed.id, page);
    const view = this.#options.registry.current();
    return { pins: items.map((pin) => shownPin(pin, view)), next };
  }

  async #unpin(feed: Feed, id: string, source: string | null): Promise<object> {
    const { sourcePins } = this.#options;
    if (id === '' && source !== null) {
      const sourceId = sourceIdOf(this.#options.registry.current(), feed, source);
      return { removed: await sourcePins.unpin(feed.id, { sourceId }) };
    }
    if (source !== null || !isPackageId(id)) {
      throw new ProblemError('invalidRequest', {
        detail: 'expected DELETE of source-pins/{package id}, or of source-pins?source={name or id of a source}',
      });
    }
    const removed = await sourcePins.unpin(feed.id, { id });
    if (removed > 0) return { removed };
    throw new ProblemError('noSuchPackage', { detail: `"${id}" is not pinned to a source in ${feed.name}` });
  }
}

function shownPin({ id, sourceId, at }: SourcePin, view: RegistryView): object {
  return { id, at, source: shownSource(view, sourceId) };
}
