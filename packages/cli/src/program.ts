/** The command tree, without any I/O of its own: `buildProgram(parts)` is what tests run in process. */
import { ProblemError } from '@feedfleet/problems';
import { Command, CommanderError } from 'commander';

import { deprecateCommand, undeprecateCommand } from './commands/deprecate.ts';
import { drillCommand } from './commands/drill.ts';
import { exportCommand } from './commands/export.ts';
import { feedCreateCommand } from './commands/feed-create.ts';
import { feedDeleteCommand } from './commands/feed-delete.ts';
import { feedListCommand } from './commands/feed-list.ts';
import { feedSetCommand } from './commands/feed-set.ts';
import { feedShowCommand } from './commands/feed-show.ts';
import { feedStatsCommand } from './commands/feed-stats.ts';
import { failoverCommand } from './commands/failover.ts';
import { fleetBalancingCommand } from './commands/fleet-balancing.ts';
import { fleetStatusCommand } from './commands/fleet-status.ts';
import { fleetTopCommand } from './commands/fleet-top.ts';
import { importCommand } from './commands/import.ts';
import { drainCommand, undrainCommand, weightCommand } from './commands/instances.ts';
import { keyCreateCommand } from './commands/key-create.ts';
import { keyListCommand } from './commands/key-list.ts';
import { keyRevokeCommand } from './commands/key-revoke.ts';
import { observeCommand } from './commands/observe.ts';
import { observerAddCommand, observerListCommand, observerRemoveCommand } from './commands/observers.ts';
import { pinCommand, pinsCommand, unpinCommand } from './commands/pins.ts';
import { pushCommand } from './commands/push.ts';
import { quarantineAddCommand, quarantineListCommand, quarantineRemoveCommand } from './commands/quarantine.ts';
import { rerouteClearCommand, rerouteListCommand, rerouteSetCommand } from './commands/reroute.ts';
import { rolloutCommand } from './commands/rollout.ts';
import { sourceAddCommand } from './commands/source-add.ts';
import { sourceExplainCommand } from './commands/source-explain.ts';
import { sourceGraphCommand } from './commands/source-graph.ts';
import { sourceImportCommand } from './commands/source-import.ts';
import { sourceListCommand } from './commands/source-list.ts';
import { sourceRemoveCommand } from './commands/source-remove.ts';
import { sourceSetCommand } from './commands/source-set.ts';
import { sourceTestCommand } from './commands/source-test.ts';
import { sourceCopiesCommand, sourceDropCopiesCommand } from './commands/source-copies.ts';
import { sourcePinsCommand, sourceUnpinCommand } from './commands/source-pins.ts';
import { vulnerabilityClearCommand } from './commands/vulnerability-clear.ts';
import { vulnerabilityImportCommand } from './commands/vulnerability-import.ts';
import { vulnerabilityListCommand } from './commands/vulnerability-list.ts';
import { retentionPreviewCommand, retentionRunCommand } from './commands/retention.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { renderExitCodes, reportFailure, type RunState } from './leaf-command.ts';
import { loadCommand } from './load/load-command.ts';
import type { CliParts } from './parts.ts';
import { addStatusGroups } from './status/status-groups.ts';

export interface CliProgram {
  /** For the generated reference. */
  readonly command: Command;
  /** @param args - without node and script. Never rejects. */
  readonly run: (args: readonly string[]) => Promise<ExitCode>;
}

const group = (name: string, description: string, commands: readonly Command[]): Command => {
  const command = new Command(name).description(description);
  for (const each of commands) command.addCommand(each);
  return command;
};

/** Errors are thrown instead of printed, so that they look like all others. */
function throwErrors(command: Command, parts: CliParts): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => parts.stdout.write(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
  });
  for (const each of command.commands) throwErrors(each, parts);
}

function sourceGroup(parts: CliParts, state: RunState): Command {
  return group('source', 'Package sources of a feed: other feeds and foreign sources that it takes packages from.', [
    sourceAddCommand(parts, state),
    sourceListCommand(parts, state),
    sourceSetCommand(parts, state),
    sourceRemoveCommand(parts, state),
    sourceTestCommand(parts, state),
    sourceGraphCommand(parts, state),
    sourceImportCommand(parts, state),
    sourceExplainCommand(parts, state),
    sourcePinsCommand(parts, state),
    sourceUnpinCommand(parts, state),
    sourceCopiesCommand(parts, state),
    sourceDropCopiesCommand(parts, state),
  ]);
}

function addSteering(program: Command, parts: CliParts, state: RunState): void {
  program.addCommand(
    group('reroute', 'Requests for one family that another one serves.', [
      rerouteSetCommand(parts, state),
      rerouteListCommand(parts, state),
      rerouteClearCommand(parts, state),
    ]),
  );
  program.addCommand(
    group('quarantine', 'Feeds that are kept apart from the others.', [
      quarantineAddCommand(parts, state),
      quarantineListCommand(parts, state),
      quarantineRemoveCommand(parts, state),
    ]),
  );
  for (const command of [drainCommand, undrainCommand, weightCommand, rolloutCommand, failoverCommand]) {
    program.addCommand(command(parts, state));
  }
}

function addObserving(program: Command, parts: CliParts, state: RunState): void {
  program.addCommand(observeCommand(parts, state));
  program.addCommand(
    group('observer', 'Who looks at the fleet and tells the status page.', [
      observerAddCommand(parts, state),
      observerListCommand(parts, state),
      observerRemoveCommand(parts, state),
    ]),
  );
}

function createCommand(parts: CliParts, state: RunState): Command {
  const program = new Command('feedfleet')
    .description('Runs NuGet feeds: creates feeds and keys, pushes packages, shows the fleet.')
    .version(parts.version, '--version', 'print the version')
    // `--version` of a command is the command's own.
    .enablePositionalOptions()
    .addHelpText('after', `\nExit codes:\n${renderExitCodes()}`);
  program.addCommand(
    group('feed', 'Feeds: what packages are pushed to and restored from.', [
      feedCreateCommand(parts, state),
      feedListCommand(parts, state),
      feedShowCommand(parts, state),
      feedSetCommand(parts, state),
      feedStatsCommand(parts, state),
      feedDeleteCommand(parts, state),
    ]),
  );
  program.addCommand(
    group('key', 'API keys: who may read, push, unlist, delete and manage.', [
      keyCreateCommand(parts, state),
      keyListCommand(parts, state),
      keyRevokeCommand(parts, state),
    ]),
  );
  program.addCommand(sourceGroup(parts, state));
  program.addCommand(pushCommand(parts, state));
  program.addCommand(exportCommand(parts, state));
  program.addCommand(importCommand(parts, state));
  program.addCommand(deprecateCommand(parts, state));
  program.addCommand(undeprecateCommand(parts, state));
  program.addCommand(
    group('vulnerability', 'Known vulnerabilities: what clients of a feed audit a restore with.', [
      vulnerabilityImportCommand(parts, state),
      vulnerabilityListCommand(parts, state),
      vulnerabilityClearCommand(parts, state),
    ]),
  );
  program.addCommand(
    group('retention', 'Old versions of a feed: which go, and which stay.', [
      retentionPreviewCommand(parts, state),
      retentionRunCommand(parts, state),
    ]),
  );
  for (const command of [pinCommand, unpinCommand, pinsCommand]) program.addCommand(command(parts, state));
  program.addCommand(
    group('fleet', 'The processes of the fleet.', [
      fleetStatusCommand(parts, state),
      fleetTopCommand(parts, state),
      fleetBalancingCommand(parts, state),
    ]),
  );
  addSteering(program, parts, state);
  addObserving(program, parts, state);
  program.addCommand(loadCommand(parts, state));
  program.addCommand(drillCommand(parts, state));
  addStatusGroups(program, parts, state);
  throwErrors(program, parts);
  return program;
}

function handleUsage(parts: CliParts, args: readonly string[], error: CommanderError): ExitCode {
  if (error.exitCode === 0) return exitCodes.ok;
  // `feedfleet`, `feedfleet feed`: commander shows the help and calls it an error.
  const detail =
    error.code === 'commander.help'
      ? 'a command is missing; --help lists them'
      : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return reportFailure(parts, args.includes('--json'), new ProblemError('usage', { detail }));
}

/**
 * @example
 * const { run } = buildProgram(parts);
 * process.exitCode = await run(['feed', 'create', 'Acme', '--private']);
 */
export function buildProgram(parts: CliParts): CliProgram {
  const state: RunState = { exitCode: exitCodes.ok };
  const command = createCommand(parts, state);
  return {
    command,
    run: async (args) => {
      try {
        await command.parseAsync([...args], { from: 'user' });
        return state.exitCode;
      } catch (error) {
        if (error instanceof CommanderError) return handleUsage(parts, args, error);
        return reportFailure(parts, args.includes('--json'), error);
      }
    },
  };
}
