/** `feedfleet source graph`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderGraph } from '../sources/graph-view.ts';

async function showGraph(feed: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const graph = await registry.sources.graph(feed, parts.signal);
  return { document: { graph }, text: renderGraph(graph) };
}

export function sourceGraphCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'graph',
    description: 'Shows everything that a feed leads to, where loops are cut, and how many requests a query costs.',
    examples: [
      { says: 'As a tree', command: 'feedfleet source graph team' },
      { says: 'The cost alone', command: 'feedfleet source graph team --json | jq .graph.cost.upstreamRequests' },
    ],
  })
    .argument('<owner>', 'name or alias of the feed')
    .action((feed: string, options: SharedOptions) =>
      runLeaf(parts, state, options, () => showGraph(feed, options, parts)),
    );
}
