/** The supervisor process: a whole fleet from one command. */
import process from 'node:process';
import { ProblemError } from '@feedfleet/problems';
import pc from 'picocolors';
import { runSupervisor } from './run-supervisor.ts';
import { readArguments } from './start-help.ts';
import { plainInk } from './start-screen.ts';
import { SETTINGS_EXIT_CODE } from './supervised-process.ts';

const asked = readArguments(process.argv.slice(2));

async function start(): Promise<void> {
  try {
    await runSupervisor({
      shell: process,
      environment: process.env,
      ownEntry: import.meta.filename,
      ink: process.stdout.isTTY ? pc : plainInk,
      exit: (code) => process.exit(code),
    });
    process.exitCode = 0;
  } catch (error) {
    if (error instanceof ProblemError) {
      process.stderr.write(`feedfleet: ${error.message}. ${error.definition.solve}\n`);
      process.exitCode = error.code === 'FF_INVALID_SETTINGS' ? SETTINGS_EXIT_CODE : 1;
    } else {
      process.stderr.write(`feedfleet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

switch (asked.outcome) {
  case 'start':
    await start();
    break;
  case 'help':
    process.stdout.write(asked.text);
    break;
  case 'refused':
    process.stderr.write(asked.text);
    process.exitCode = SETTINGS_EXIT_CODE;
}
