/** The part of the status process that speaks up: incidents, maintenance, messages, alerts, and who is told of them. */
import { Rounds } from '@feedfleet/host';
import type { Logger } from '@feedfleet/host';
import type { Maintenance } from '@feedfleet/status-model';

import { AlertWatch } from '../alerts/alert-watch.ts';
import { addLeavingRoutes } from '../notices/leaving-routes.ts';
import { Notifier } from '../notices/notifier.ts';
import type { SeenSample, StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { Announcer } from './announcer.ts';
import { AuditLog } from './audit-log.ts';
import { EntryIds } from './entry-ids.ts';
import { IncidentKeeper } from './incident-keeper.ts';
import type { IncidentPolicy } from './incident-rules.ts';
import { incidentMigrations } from './incident-tables.ts';
import * as operations from './operator-operations.ts';
import { addOperatorRoutes } from './operator-routes.ts';

const LOOK_MS = 5_000;
/** Burn rates read three days of minutes, and nothing that they tell changes faster. */
const ALERT_EVERY = 3;

function duringMaintenance(announcer: Announcer, samples: readonly SeenSample[]): (sample: SeenSample) => boolean {
  const instants = samples.map(({ at }) => at);
  if (instants.length === 0) return () => false;
  const between = announcer.maintenanceBetween(
    instants.reduce((a, b) => Math.min(a, b)),
    instants.reduce((a, b) => Math.max(a, b)) + 1,
  );
  const covers = ({ components, startsAt, endsAt }: Maintenance, { component, at }: SeenSample): boolean =>
    components.includes(component) && at >= Date.parse(startsAt) && at < Date.parse(endsAt);
  return (sample) => between.some((each) => covers(each, sample));
}

/** The log tells once that it fails, until it works again. */
function guarded<Given extends unknown[]>(log: Logger, work: (...given: Given) => void): (...given: Given) => void {
  let isFailing = false;
  return (...given) => {
    try {
      work(...given);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.error('a look at the fleet failed', error);
      isFailing = true;
    }
  };
}

function openPart(context: StatusContext, policy: IncidentPolicy | undefined): StatusPart {
  const { clock, database, settings, log } = context;
  const notifier = new Notifier(context);
  const audit = new AuditLog(database, () => clock.now());
  const ids = new EntryIds(() => clock.now(), context.random);
  const keeper = new IncidentKeeper({ context, notifier, audit, ids, ...(policy === undefined ? {} : { policy }) });
  const announcer = new Announcer({ context, notifier, audit, ids });
  const alerts = new AlertWatch(context, notifier);
  // Read once at the start, where damage is seen and mended.
  keeper.shown();
  announcer.maintenance();
  notifier.subscribers.list();
  const lookForIncidents = guarded(log, () => keeper.look());
  const lookForMaintenance = guarded(log, () => announcer.look());
  const lookForAlerts = guarded(log, () => alerts.look());
  const sawSamples = guarded(log, (samples: readonly SeenSample[]) =>
    alerts.saw(samples, duringMaintenance(announcer, samples)),
  );
  let count = 0;
  const look = (): void => {
    lookForIncidents();
    lookForMaintenance();
    if (count % ALERT_EVERY === 0) lookForAlerts();
    count += 1;
  };
  const endings = [context.onState(() => lookForIncidents()), context.onSamples(sawSamples)];
  const failed = (error: unknown): void => log.error('the fleet is not looked at', error);
  const rounds = new Rounds({ work: look, restMs: LOOK_MS, clock, failed });
  return {
    name: 'incidents',
    report: {
      incidents: () => keeper.shown(),
      archive: () => keeper.archive(),
      maintenance: () => announcer.maintenance(),
      maintenanceBetween: (from, to) => announcer.maintenanceBetween(from, to),
      messages: () => announcer.messages(),
    },
    routes: (app, contextOf) => {
      const api = { context, keeper, announcer, notifier, alerts, audit, ids };
      addOperatorRoutes(app, { operatorToken: settings.registryToken, contextOf }, api);
      addLeavingRoutes(app, notifier.subscribers);
    },
    start: () => {
      notifier.start();
      rounds.start();
    },
    stop: async () => {
      for (const end of endings) end();
      await rounds.stop();
      await notifier.stop();
    },
  };
}

/** @param policy - of incidents, for tests that do not wait. */
export function incidentsPart(policy?: IncidentPolicy): StatusPartDefinition {
  return {
    name: 'incidents',
    migrations: incidentMigrations,
    operations: Object.values(operations),
    open: (context) => openPart(context, policy),
  };
}
