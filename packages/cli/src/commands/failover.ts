/** `feedfleet failover`: the writes go to another datacenter. */
import { ProblemError } from '@feedfleet/problems';
import { epochPastRegistry } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { confirmOrRefuse } from '../confirmation.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';
import { byRegistry } from '../steering/by-registry.ts';
import { addBreakGlass, type SteeringOptions } from '../steering/steering-options.ts';
import { askBalancers, overrideEverywhere } from '../steering/told-balancers.ts';

interface FailoverOptions extends SteeringOptions {
  readonly to: string;
  readonly yes?: boolean;
}

async function failover(options: FailoverOptions, parts: CliParts): Promise<CommandResult> {
  const { to, yes = false, breakGlass } = options;
  const question = `All writes go to the datacenter ${to}, and whoever had them is fenced. Go on?`;
  if (breakGlass === true) return pastRegistry(options, parts, question);
  return byRegistry(options, parts, async (registry) => {
    const datacenters = await registry.datacenters.list(parts.signal);
    const target = datacenters.find(({ id }) => id === to);
    if (target === undefined) {
      const known = datacenters.map(({ id }) => id).join(', ');
      throw new ProblemError('noSuchEntity', { detail: `there is no datacenter ${to}, only ${known || 'none'}` });
    }
    const given = await writesPastRegistry(options, parts);
    if (target.writes && given === undefined)
      return { document: { datacenter: target }, text: `The writes go to ${to} already.\n` };
    await confirmOrRefuse(parts, { agreed: yes, question });
    // Of two operators who do this at the same time, one is refused.
    const expectEpoch = Math.max(...datacenters.map(({ epoch }) => epoch));
    const afterEpoch = given === undefined ? {} : { afterEpoch: given };
    const written = await registry.datacenters.failover({ to, expectEpoch, ...afterEpoch }, parts.signal);
    const what = `Writes go to ${to} with the epoch ${written.datacenter.epoch}`;
    return { document: written, text: renderReceipt(what, written.change) };
  });
}

/** All balancers are given the same epoch, which is newer than all that any of them knows. */
async function pastRegistry(options: FailoverOptions, parts: CliParts, question: string): Promise<CommandResult> {
  const { to, yes = false } = options;
  await confirmOrRefuse(parts, { agreed: yes, question });
  const known = await askBalancers(options, parts);
  const epoch = epochPastRegistry(
    Math.max(0, ...known.flatMap(({ datacenters }) => datacenters.map((each) => each.epoch))),
  );
  const done = `Writes go to ${to} with the epoch ${epoch}.`;
  const told = await overrideEverywhere(options, parts, {
    ...{ entity: 'datacenter', id: to, value: { writes: true, epoch }, done },
  });
  return { ...told, document: { ...told.document, warning: WARNING }, text: told.text + WARNING };
}

const WARNING = `A datacenter that none of these balancers reaches has not heard of it: its own balancers and push processes go on taking writes
until they do, and what they take meanwhile stays there. Once the registry is back, "feedfleet failover --to" makes it its word.
`;

/** The epoch that balancers were given past the registry, where they can be asked. */
async function writesPastRegistry(options: FailoverOptions, parts: CliParts): Promise<number | undefined> {
  const known = await askBalancers(options, parts).catch(() => []);
  const epochs = known.flatMap(({ overrides }) =>
    overrides.flatMap((each) => (each.entity === 'datacenter' ? (each.value.epoch ?? []) : [])),
  );
  return epochs.length === 0 ? undefined : Math.max(...epochs);
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
