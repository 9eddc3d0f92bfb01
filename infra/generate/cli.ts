/** `docs/reference/cli.md`: the help of every command, as the command prints it. */
import { buildProgram, exitCodeMeanings } from '../../packages/cli/src/index.ts';
import type { CliParts, CliProgram, TextOutput } from '../../packages/cli/src/index.ts';
import { page, table, type Page } from './page.ts';

type Command = CliProgram['command'];

const nowhere: TextOutput = { write: () => undefined, terminal: undefined };
const parts: CliParts = {
  version: '',
  environment: {},
  workingFolder: '/',
  stdout: nowhere,
  stderr: nowhere,
  confirm: undefined,
  readInput: () => Promise.resolve(''),
  clock: { now: () => 0, sleep: () => Promise.resolve() },
  random: () => 0,
  signal: new AbortController().signal,
  openBalancer: () => {
    throw new Error('the reference talks to no balancer');
  },
  openRegistry: () => {
    throw new Error('help opens no registry');
  },
};

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (chunk) => (text += chunk), getOutHelpWidth: () => 100 });
  command.outputHelp();
  // The exit codes are the same for all; the page has them once.
  return text.replace(/\nExit codes:\n[\s\S]*$/, '').trimEnd();
}

function sectionsOf(command: Command, path: readonly string[]): readonly string[] {
  const name = [...path, command.name()];
  const does = command.commands.length === 0 || command.registeredArguments.length > 0;
  const own = does ? [`## ${name.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`] : [];
  return [...own, ...command.commands.flatMap((each) => sectionsOf(each, name))];
}

const intro = `\`npx feedfleet <command>\` in the repository, \`node dist/cli/main.js <command>\` after a build. \`--json\` makes every command
print one document of stable shape; a failure is then \`{"error": {"code", "status", "title", "detail", "solve"}}\` on stderr.
Codes are those of [errors](errors.md).`;

export const cliPage: Page = {
  file: 'docs/reference/cli.md',
  render: () =>
    page(
      'The feedfleet command',
      '`packages/cli/src/program.ts`',
      `${intro}\n\n## Exit codes\n\n${table(['Code', 'Meaning'], Object.entries(exitCodeMeanings))}\n${sectionsOf(
        buildProgram(parts).command,
        [],
      ).join('\n')}`,
    ),
};
