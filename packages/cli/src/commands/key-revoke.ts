/** `feedfleet key revoke`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { renderReceipt } from '../receipt-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

async function revokeKey(id: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const { change } = await registry.keys.revoke(id, parts.signal);
  const { processes, of } = change.applied;
  if (processes < of) {
    const warning = `${of - processes} of ${of} processes do not know yet that ${id} is revoked; they go on taking it`;
    parts.stderr.write(options.json === true ? `${JSON.stringify({ warning })}\n` : `Warning: ${warning}.\n`);
  }
  return { document: { revoked: id, change }, text: renderReceipt(`Revoked ${id}`, change) };
}

export function keyRevokeCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'revoke',
    description: 'Revokes an API key, at once and for good.',
    examples: [{ says: 'By the id that key list shows', command: 'feedfleet key revoke k-4f7a' }],
  })
    .argument('<id>', 'id of the key, as key list shows it')
    .action((id: string, options: SharedOptions) =>
      runLeaf(parts, state, options, () => revokeKey(id, options, parts)),
    );
}
