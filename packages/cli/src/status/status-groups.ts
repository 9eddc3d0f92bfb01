/** The commands that speak to the status process, by what they are about. */
import { Command } from 'commander';

import { alertListCommand } from '../commands/alert-list.ts';
import * as incident from '../commands/incident.ts';
import * as maintenance from '../commands/maintenance.ts';
import * as message from '../commands/message.ts';
import * as subscriber from '../commands/subscriber.ts';
import type { RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

type Maker = (parts: CliParts, state: RunState) => Command;

const groups: readonly (readonly [name: string, description: string, makers: readonly Maker[]])[] = [
  [
    'incident',
    'Incidents on the status page.',
    [
      incident.incidentListCommand,
      incident.incidentOpenCommand,
      incident.incidentPostCommand,
      incident.incidentEditCommand,
      incident.incidentCloseCommand,
    ],
  ],
  [
    'maintenance',
    'Maintenance that the status page announces.',
    [maintenance.maintenancePlanCommand, maintenance.maintenanceListCommand, maintenance.maintenanceCancelCommand],
  ],
  [
    'message',
    'Messages and tips on the status page.',
    [message.messagePostCommand, message.messageTipCommand, message.messageListCommand, message.messageClearCommand],
  ],
  [
    'subscriber',
    'Who is told of incidents and alerts: by mail, webhook or Alertmanager.',
    [
      subscriber.subscriberAddCommand,
      subscriber.subscriberListCommand,
      subscriber.subscriberRemoveCommand,
      subscriber.subscriberTestCommand,
      subscriber.subscriberLogCommand,
    ],
  ],
  ['alert', 'Alerts to operators.', [alertListCommand]],
];

export function addStatusGroups(program: Command, parts: CliParts, state: RunState): void {
  for (const [name, description, makers] of groups) {
    const group = new Command(name).description(description);
    for (const make of makers) group.addCommand(make(parts, state));
    program.addCommand(group);
  }
}
