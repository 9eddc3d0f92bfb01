/** The incidents of all years as the pages want them: an index that is read after each change, and the rest when it is asked for. */
import { createHash } from 'node:crypto';

import type { Incident } from '@feedfleet/status-model';
import type { ArchivedMonth, IncidentArchive } from '@feedfleet/status-page';
import { monthNameOf, periodOfMonth } from '@feedfleet/uptime';

import { shownWithoutUpdates } from './incident-store.ts';
import type { IncidentStore } from './incident-store.ts';

export function readArchive(store: IncidentStore): IncidentArchive {
  const byMonth = Map.groupBy(store.index(), ({ openedAt }) => monthNameOf(openedAt));
  const months = [...byMonth].map(([month, entries]): ArchivedMonth => {
    const incidents = entries.map(({ id, changes }) => ({ id, edition: String(changes) }));
    const hash = createHash('sha256');
    for (const { id, edition } of incidents) hash.update(`${id} ${edition}\n`);
    return { month, edition: hash.digest('base64url'), incidents };
  });
  return {
    months,
    incidentsOf: (month) => {
      const { from, to } = periodOfMonth(month);
      return store.openedBetween(from, to).map(shownWithoutUpdates);
    },
    incident: (id): Incident | undefined => {
      const found = store.findReadable(id);
      return found && store.shown(found);
    },
  };
}
