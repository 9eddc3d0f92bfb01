import { describe, expect, it } from '@jest/globals';
import type { Incident, StatusReport } from '@feedfleet/status-model';

import { publicReport } from './public-report.ts';

const at = '2026-11-28T12:00:00Z';
const incident = (id: string, components: string[]): Incident => ({
  ...{ id, title: id, state: 'down', components, openedAt: at, closedAt: null },
  ...{ isAutomatic: true, postMortemUrl: null, updates: [] },
});
const report: StatusReport = {
  ...{ version: 1, title: 'Feeds', generatedAt: at, pageUrl: 'https://status.example' },
  overall: { state: 'up', sentence: 'All feeds work.', since: at },
  ...{ families: [], messages: [], observers: [] },
  incidents: [
    incident('both', ['family:v2', 'instance:v2-1']),
    incident('inner', ['instance:v2-1']),
    incident('other', []),
  ],
  maintenance: [
    { id: 'disks', title: 'Disks', text: null, components: ['instance:v2-1'], startsAt: at, endsAt: at },
    { id: 'move', title: 'Move', text: null, components: ['family:v2'], startsAt: at, endsAt: at },
  ],
  certificates: ['packages.example:443', 'source: inner.example', 'storage: inner.example', 'instance: port 1'].map(
    (where) => ({ where, subject: 'CN=example', validTo: at, seenAt: at, problem: null }),
  ),
};

describe('what everybody may see of the report', () => {
  const shown = publicReport(report);

  it('is about families: an incident of instances alone is for operators', () => {
    expect(shown.incidents.map(({ id, components }) => [id, components])).toEqual([
      ['both', ['family:v2']],
      ['other', []],
    ]);
    expect(shown.maintenance.map(({ id }) => id)).toEqual(['move']);
  });

  it('has the certificates of what everybody reaches', () => {
    expect(shown.certificates.map(({ where }) => where)).toEqual(['packages.example:443']);
  });
});
