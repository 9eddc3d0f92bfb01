/**
 * Writes about advisories over HTTP, beside pushes:
 *
 * `PUT /F/{feed}/api/v2/package/{id}/deprecations` (scope unlist, as at the public gallery), and below
 * `/F/{feed}/api/v3/vulnerabilities` (scope manage) `PUT {source}` for all that a source says, `POST {source}` for what it says
 * besides, `DELETE {source}`, and `DELETE` of all. Readers find both in the documents of v3.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readAdvisoriesInTurns, SEVERITY_NAMES } from '@feedfleet/advisories';
import type { ImportCounts, Severity } from '@feedfleet/advisories';
import type { RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { parseFeedPath, permit, readFeedAccess } from '@feedfleet/registry-client';
import type { FeedAccess, FeedDirectory, Scope } from '@feedfleet/registry-client';
import { MAX_VULNERABILITIES } from '@feedfleet/store';
import type { AdvisoryStore, VulnerabilityOutcome } from '@feedfleet/store';
import { parseAdvisoryTarget } from './advisory-target.ts';
import type { AdvisoryTarget } from './advisory-target.ts';
import { readDeprecationRequest } from './deprecation-request.ts';
import { drainBody } from './drain-body.ts';
import type { DrainLimits } from './drain-body.ts';
import { readJsonDocument } from './json-document.ts';
import { refuseWrite } from './refuse-write.ts';

/** A deprecation names at most 10,000 versions. */
const MAX_DEPRECATION_BYTES = 512 * 1024;
/** A page of the public gallery, with all that it knows, has half a megabyte. */
const MAX_IMPORT_BYTES = 4 * 1024 * 1024;

export interface AdvisoryEndpointOptions {
  readonly advisories: Pick<AdvisoryStore, 'deprecate' | 'setVulnerabilities' | 'removeVulnerabilities'>;
  readonly registry: FeedDirectory;
  /** How much of a refused body is read before the answer. */
  readonly drain: DrainLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Answers everything that is not about advisories. */
  readonly otherwise: RawHandler;
}

interface Write extends FeedAccess {
  readonly request: IncomingMessage;
  readonly context: RequestContext;
}

export class AdvisoryEndpoint {
  readonly #options: AdvisoryEndpointOptions;

  constructor(options: AdvisoryEndpointOptions) {
    this.#options = options;
  }

  /** For `startHost({ handler })`. */
  readonly handler: RawHandler = (request, response, context) => {
    const target = parseAdvisoryTarget(parseFeedPath(request.url ?? '/')?.rest ?? '');
    const { otherwise, drain } = this.#options;
    if (target === undefined) {
      otherwise(request, response, context);
      return;
    }
    this.#answer(request, { target, context }).then(
      (document) => this.#send(request, response, document),
      (error: unknown) => refuseWrite(request, response, { error, context, drain }),
    );
  };

  async #answer(
    request: IncomingMessage,
    { target, context }: { readonly target: AdvisoryTarget; readonly context: RequestContext },
  ): Promise<unknown> {
    const write: Write = { ...readFeedAccess(request, this.#options.registry), request, context };
    const { method = '' } = request;
    if (target.kind === 'deprecations') {
      if (method === 'PUT') return this.#deprecate(write, target.id);
      throw notAllowed('PUT');
    }
    const { source } = target;
    if (method === 'DELETE') return this.#remove(write, source);
    if (source !== null && (method === 'PUT' || method === 'POST')) {
      return this.#import(write, { source, mode: method === 'PUT' ? 'replace' : 'merge' });
    }
    throw notAllowed(source === null ? 'DELETE' : 'PUT, POST, DELETE');
  }

  async #deprecate(write: Write, id: string): Promise<unknown> {
    const body = await this.#document(write, { scope: 'unlist', packageId: id, maxBytes: MAX_DEPRECATION_BYTES });
    const { versions, deprecation } = readDeprecationRequest(body);
    const { feed } = write;
    const result = await this.#options.advisories.deprecate(feed.id, id, versions, deprecation);
    if (result.outcome === 'done') return { id, deprecation, changed: result.changed, unchanged: result.unchanged };
    const missing = result.versions.length === 0 ? `"${id}"` : `${id} ${result.versions.slice(0, 20).join(', ')}`;
    throw new ProblemError('noSuchPackage', { detail: `the feed ${feed.name} has no ${missing}; nothing was changed` });
  }

  async #import(
    write: Write,
    { source, mode }: { readonly source: string; readonly mode: 'replace' | 'merge' },
  ): Promise<unknown> {
    const options = severityOption(write.request);
    const content = await this.#document(write, { scope: 'manage', maxBytes: MAX_IMPORT_BYTES });
    const { byId, withdrawnUrls, counts } = await readAdvisoriesInTurns([{ name: 'body', content }], {
      ...options,
      maxVulnerabilities: MAX_VULNERABILITIES,
      pause: async () => {
        await nextTurn();
        write.context.signal.throwIfAborted();
      },
    });
    const change = { mode, byId, withdrawnUrls };
    const outcome = await this.#options.advisories.setVulnerabilities(write.feed.id, source, change);
    return importAnswer(outcome, counts);
  }

  async #remove(write: Write, source: string | null): Promise<unknown> {
    permit(write, { ...this.#options, scope: 'manage' });
    return { removed: await this.#options.advisories.removeVulnerabilities(write.feed.id, source) };
  }

  /** Judges the sender before the body, which would be read in vain, and after it, which takes its time to arrive. */
  async #document(
    write: Write,
    { maxBytes, ...needed }: { readonly scope: Scope; readonly packageId?: string; readonly maxBytes: number },
  ): Promise<unknown> {
    permit(write, { ...this.#options, ...needed });
    const { signal } = write.context;
    const document = await readJsonDocument(write.request, { maxBytes, signal });
    permit(write, { ...this.#options, ...needed });
    return document;
  }

  async #send(request: IncomingMessage, response: ServerResponse, document: unknown): Promise<void> {
    await drainBody(request, this.#options.drain);
    if (response.destroyed) return;
    const body = Buffer.from(JSON.stringify(document));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'cache-control': 'no-store',
    });
    response.end(body);
  }
}

/** @throws ProblemError `FF_BODY_TOO_LARGE` */
function importAnswer(outcome: VulnerabilityOutcome, counts: ImportCounts): unknown {
  if (outcome.outcome !== 'tooMany') return { outcome: outcome.outcome, source: outcome.source ?? null, counts };
  const where = outcome.of === 'sources' ? 'a feed' : 'a source';
  const detail = `${where} has at most ${outcome.limit} ${outcome.of}; nothing was changed`;
  throw new ProblemError('bodyTooLarge', { detail });
}

/** @throws ProblemError `FF_INVALID_QUERY` */
function severityOption({ url = '' }: IncomingMessage): { readonly defaultSeverity?: Severity } {
  const given = new URLSearchParams(url.split('?')[1] ?? '').get('defaultSeverity');
  if (given === null) return {};
  const severity = SEVERITY_NAMES.findIndex((name) => name === given.toLowerCase());
  if (severity !== -1) return { defaultSeverity: severity as Severity };
  throw new ProblemError('invalidQuery', {
    detail: `defaultSeverity: expected one of ${SEVERITY_NAMES.join(', ')}, got "${given.slice(0, 40)}"`,
  });
}

function notAllowed(allow: string): ProblemError {
  return new ProblemError('methodNotAllowed', { detail: `only ${allow} are answered here`, headers: { allow } });
}
