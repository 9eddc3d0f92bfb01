/** The part of the error registry that ends a process instead of a request. */
import { define } from './problem-definition.ts';

export const processProblems = define({
  invalidSettings: {
    code: 'FF_INVALID_SETTINGS',
    status: 0,
    title: 'Invalid settings',
    solve: 'Correct every setting that is named, at the place that is named.',
  },
  portTaken: {
    code: 'FF_PORT_TAKEN',
    status: 0,
    title: 'The port is taken',
    solve: 'End what listens there, or choose another port.',
  },
  folderUnusable: {
    code: 'FF_FOLDER_UNUSABLE',
    status: 0,
    title: 'The folder cannot be used',
    solve: 'Make the folder writable, or choose another one.',
  },
  startFailed: {
    code: 'FF_START_FAILED',
    status: 0,
    title: 'The fleet did not start',
    solve: 'Read the log that the detail names; its last lines are shown above.',
  },
  alreadyRunning: {
    code: 'FF_ALREADY_RUNNING',
    status: 0,
    title: 'A fleet runs on this data already',
    solve: 'Stop the other fleet, or choose another data folder.',
  },
  usage: {
    code: 'FF_USAGE',
    status: 0,
    title: 'The command line is wrong',
    solve: 'Correct what the detail names; --help of the command shows examples.',
  },
  noFleet: {
    code: 'FF_NO_FLEET',
    status: 0,
    title: 'No fleet is known here',
    solve: 'Start a fleet, name its data folder with --data, or name its registry with --registry and --key.',
  },
  unreachable: {
    code: 'FF_UNREACHABLE',
    status: 0,
    title: 'Cannot be reached',
    solve: 'Check the address that the detail names, and that the fleet runs.',
  },
  pushIncomplete: {
    code: 'FF_PUSH_INCOMPLETE',
    status: 0,
    title: 'Not every package was pushed',
    solve: 'Mend what the listed reasons name and push again; --resume FILE goes on where a push ended.',
  },
  exportIncomplete: {
    code: 'FF_EXPORT_INCOMPLETE',
    status: 0,
    title: 'Not every package was fetched',
    solve: 'Mend what the listed reasons name and run the same command again; it fetches only what is missing.',
  },
  stopped: {
    code: 'FF_STOPPED',
    status: 0,
    title: 'Stopped on request',
    solve: 'Run the command again.',
  },
});
