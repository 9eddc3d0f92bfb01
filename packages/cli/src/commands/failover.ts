/** `feedfleet failover`: the writes go to another datacenter. */
import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { confirmOrRefuse } from '../confirmation.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';
import { byRegistry } from '../steering/by-registry.ts';
import { addBreakGlass, type SteeringOptions } from '../steering/steering-options.ts';
import { overrideEverywhere } from '../steering/told-balancers.ts';

interface FailoverOptions extends SteeringOptions {
  readonly to: string;
  readonly yes?: boolean;
}

async function failover(options: FailoverOptions, parts: CliParts): Promise<CommandResult> {
  const { to, yes = false, breakGlass } = options;
  const question = `All writes go to the datacenter ${to}, and whoever had them is fenced. Go on?`;
  if (breakGlass === true) {
    await confirmOrRefuse(parts, { agreed: yes, question });
    const value = { writes: true };
    return overrideEverywhere(options, parts, { entity: 'datacenter', id: to, value, done: `Writes go to ${to}.` });
  }
  return byRegistry(options, parts, async (registry) => {
    const datacenters = await registry.datacenters.list(parts.signal);
    const target = datacenters.find(({ id }) => id === to);
    if (target === undefined) {
      const known = datacenters.map(({ id }) => id).join(', ');
      throw new ProblemError('noSuchEntity', { detail: `there is no datacenter ${to}, only ${known || 'none'}` });
    }
    if (target.writes) return { document: { datacenter: target }, text: `The writes go to ${to} already.\n` };
    await confirmOrRefuse(parts, { agreed: yes, question });
    // Of two operators who do this at the same time, one is refused.
    const expectEpoch = Math.max(...datacenters.map(({ epoch }) => epoch));
    const written = await registry.datacenters.failover({ to, expectEpoch }, parts.signal);
    const what = `Writes go to ${to} with the epoch ${written.datacenter.epoch}`;
    return { document: written, text: renderReceipt(what, written.change) };
  });
}

export function failoverCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'failover',
    description:
      'Sends writes to another datacenter, with a new epoch: who had them is fenced and refuses them. Reads find the next ' +
      'datacenter by themselves.',
    examples: [{ says: 'The first datacenter is lost', command: 'feedfleet failover --to west --yes' }],
  })
    .requiredOption('--to <datacenter>', 'which one gets the writes')
    .option('--yes', 'do not ask');
  return addBreakGlass(command).action((options: FailoverOptions) =>
    runLeaf(parts, state, options, () => failover(options, parts)),
  );
}
