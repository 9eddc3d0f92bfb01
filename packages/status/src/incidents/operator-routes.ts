/** Serves the API of operators. */
import { ProblemError } from '@feedfleet/problems';
import type { Express } from '@feedfleet/host';

import type { AlertWatch } from '../alerts/alert-watch.ts';
import { serveOperation } from '../api/serve-operation.ts';
import type { ServeOptions } from '../api/serve-operation.ts';
import type { Notifier } from '../notices/notifier.ts';
import { shownSubscriber } from '../notices/subscriber-store.ts';
import type { StatusContext } from '../part.ts';
import type { Announcer } from './announcer.ts';
import type { AuditLog } from './audit-log.ts';
import type { EntryIds } from './entry-ids.ts';
import type { IncidentKeeper } from './incident-keeper.ts';
import * as operations from './operator-operations.ts';

export interface OperatorApi {
  readonly context: StatusContext;
  readonly keeper: IncidentKeeper;
  readonly announcer: Announcer;
  readonly notifier: Notifier;
  readonly alerts: AlertWatch;
  readonly audit: AuditLog;
  readonly ids: EntryIds;
}

export function addOperatorRoutes(app: Express, options: ServeOptions, api: OperatorApi): void {
  addIncidents(app, options, api);
  addAnnouncements(app, options, api);
  addSubscribers(app, options, api);
  const { alerts, audit, notifier } = api;
  serveOperation(app, operations.listAlerts, options, ({ query }) => [...alerts.list(query.limit)]);
  serveOperation(app, operations.listAudit, options, ({ query }) => [...audit.list(query.limit)]);
  serveOperation(app, operations.listDeliveries, options, ({ query }) => [...notifier.deliveries.log(query.limit)]);
}

function addIncidents(app: Express, options: ServeOptions, { keeper }: OperatorApi): void {
  serveOperation(app, operations.listIncidents, options, ({ query }) =>
    keeper.shown().filter(({ closedAt }) => query.state === 'all' || closedAt === null),
  );
  serveOperation(app, operations.openIncident, options, ({ body }) => keeper.open(body));
  serveOperation(app, operations.getIncident, options, ({ path }) => keeper.get(path.id));
  serveOperation(app, operations.editIncident, options, ({ path, body }) => keeper.edit(path.id, body));
  serveOperation(app, operations.postIncidentUpdate, options, ({ path, body }) => keeper.post(path.id, body.text));
  serveOperation(app, operations.closeIncident, options, ({ path, body }) => keeper.close(path.id, body));
}

function addAnnouncements(app: Express, options: ServeOptions, { announcer }: OperatorApi): void {
  serveOperation(app, operations.listMaintenance, options, () => [...announcer.maintenance()]);
  serveOperation(app, operations.planMaintenance, options, ({ body }) => announcer.plan(body));
  serveOperation(app, operations.cancelMaintenance, options, ({ path }) => announcer.cancel(path.id));
  serveOperation(app, operations.listMessages, options, () => [...announcer.messages()]);
  serveOperation(app, operations.postMessage, options, ({ body }) => announcer.post(body));
  serveOperation(app, operations.clearMessage, options, ({ path }) => {
    announcer.clear(path.id);
    return { removed: path.id };
  });
}

function addSubscribers(app: Express, options: ServeOptions, api: OperatorApi): void {
  const { context, notifier, audit, ids } = api;
  const { subscribers } = notifier;
  serveOperation(app, operations.listSubscribers, options, () => subscribers.list().map(shownSubscriber));
  serveOperation(app, operations.addSubscriber, options, ({ body }) => {
    if (body.channel === 'email' && !notifier.canMail) {
      throw new ProblemError('conflict', {
        detail: 'expected smtpUrl and mailFrom to be set for subscribers by e-mail, got none',
      });
    }
    return context.database.transaction(() => {
      const created = subscribers.add(ids.next(), body, context.clock.now());
      const { id, channel, topics } = created.subscriber;
      audit.add('subscriber.add', id, { channel, topics });
      return created;
    });
  });
  serveOperation(app, operations.removeSubscriber, options, ({ path }) => {
    context.database.transaction(() => {
      if (!subscribers.remove(path.id)) throw new ProblemError('noSuchEntity', { detail: `no subscriber ${path.id}` });
      audit.add('subscriber.remove', path.id, {});
    });
    return { removed: path.id };
  });
  serveOperation(app, operations.testSubscriber, options, ({ path, signal }) => notifier.test(path.id, signal));
}
