/**
 * The balancer's own API for those who operate the fleet, on the listener for operations. It needs no registry, so that traffic can be
 * moved when there is none.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readJson, sendProblem } from '@feedfleet/host';
import type { Logger, OpsHandler } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { overrideSchema, overrideWriteSchema } from '@feedfleet/registry-client';
import type { OverrideKey, RegistryView } from '@feedfleet/registry-client';
import type { AdminAccess } from './admin-access.ts';
import { checkedOverride, isOverrideEntity } from './override-checks.ts';
import { endOf } from './override-operations.ts';
import type { Overrides } from './overrides.ts';

export interface AdminHandlerOptions {
  readonly access: AdminAccess;
  readonly overrides: Overrides;
  /** Whether others would believe that the writes are elsewhere. */
  readonly grantsWrites: boolean;
  /** What the registry says. @throws {ProblemError} when there never was a view. */
  readonly registry: () => RegistryView;
  /** The fleet as requests are balanced by. @throws {ProblemError} when there never was a view. */
  readonly fleet: () => RegistryView;
  readonly log: Pick<Logger, 'warn'>;
  /** Everything that is known, fit for JSON. */
  readonly state: () => object;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

const MAX_BODY_BYTES = 64 * 1024;
const PREFIX = '/admin/';

export function createAdminHandler(options: AdminHandlerOptions): OpsHandler {
  const admin = new AdminApi(options);
  return (request, response) => {
    admin.answer(request).then(
      (document) => sendJson(response, document),
      (error: unknown) => {
        // The rest of a body that nobody reads would be taken for the next request.
        response.shouldKeepAlive = false;
        sendProblem(response, error);
      },
    );
  };
}

class AdminApi {
  readonly #options: AdminHandlerOptions;

  constructor(options: AdminHandlerOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage): Promise<object> {
    const [path = '', query] = (request.url ?? '').split('?', 2);
    if (!path.startsWith(PREFIX)) throw new ProblemError('noSuchResource');
    this.#check(request, path);
    const [resource, entity, id, ...more] = segmentsOf(path.slice(PREFIX.length));
    if (resource === 'state' && entity === undefined) {
      allow(request, ['GET']);
      return this.#options.state();
    }
    if (resource !== 'overrides' || more.length > 0) throw nothingHere();
    if (entity === undefined) {
      allow(request, ['GET']);
      return { overrides: this.#options.overrides.all };
    }
    if (!isOverrideEntity(entity) || id === undefined || id === '') throw nothingHere();
    allow(request, ['PUT', 'DELETE']);
    const key = { entity, id };
    return request.method === 'PUT'
      ? this.#set(request, key)
      : this.#clear(key, new URLSearchParams(query).get('actor') ?? '');
  }

  /** Who tries with a wrong token is named. */
  #check(request: IncomingMessage, path: string): void {
    try {
      this.#options.access.check(request);
    } catch (error) {
      this.#options.log.warn('operator refused', {
        ...{ 'client.address': request.socket.remoteAddress, 'http.request.method': request.method },
        ...{ 'url.path': path.slice(0, 200), 'problem.code': error instanceof ProblemError ? error.code : undefined },
      });
      throw error;
    }
  }

  async #set(request: IncomingMessage, key: OverrideKey): Promise<object> {
    const { value, actor } = await readJson(request, overrideWriteSchema, { maxBytes: MAX_BODY_BYTES });
    const { overrides, fleet, registry, grantsWrites, wallClock } = this.#options;
    if (key.entity === 'datacenter' && !grantsWrites) throw noSecret();
    const checked = checkedOverride(fleet(), key, value);
    const at = new Date(wallClock()).toISOString();
    const override = overrideSchema.safeParse({ ...checked, at, actor: namedActor(actor) });
    if (!override.success)
      throw new ProblemError('invalidRequest', { detail: override.error.issues[0]?.message ?? '' });
    if (endOf(override.data) <= wallClock()) {
      throw new ProblemError('invalidRequest', {
        detail: 'value.until: expected an instant to come on the clock here',
      });
    }
    await overrides.set(override.data, registry());
    return { override: override.data };
  }

  async #clear(key: OverrideKey, actor: string): Promise<object> {
    return { cleared: await this.#options.overrides.clear(key, namedActor(actor)) };
  }
}

function noSecret(): ProblemError {
  const detail = 'this balancer has no fleetSecret, so that no push process would believe it who has the writes';
  return new ProblemError('conflict', { detail });
}

function segmentsOf(path: string): readonly string[] {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    throw new ProblemError('invalidRequest', { detail: 'the path is not percent-encoded UTF-8' });
  }
}

/** What goes into the log is one line. */
function namedActor(actor: string): string {
  const name = actor
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 150);
  return name === '' ? 'operator' : name;
}

function allow({ method = '' }: IncomingMessage, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  const allowed = methods.join(', ');
  throw new ProblemError('methodNotAllowed', { detail: `Allowed here: ${allowed}.`, headers: { allow: allowed } });
}

function nothingHere(): ProblemError {
  const detail =
    'served are /admin/state, /admin/overrides and /admin/overrides/{reroute,quarantine,instance,datacenter}/{id}';
  return new ProblemError('noSuchResource', { detail });
}

function sendJson(response: ServerResponse, document: object): void {
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}
