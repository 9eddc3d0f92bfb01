/** What `npm start -- --help` prints. The command takes no other argument: everything is chosen by settings. */
import { describeSettings } from '@feedfleet/settings';
import { ENVIRONMENT_PREFIX, supervisorSettingsSchema } from './supervisor-settings.ts';

export type Arguments =
  | { readonly outcome: 'start' }
  | { readonly outcome: 'help'; readonly text: string }
  | { readonly outcome: 'refused'; readonly text: string };

/** @param given - without the program and its file. */
export function readArguments(given: readonly string[]): Arguments {
  if (given.length === 0) return { outcome: 'start' };
  if (given.some((each) => each === '--help' || each === '-h')) return { outcome: 'help', text: helpText() };
  const text = `feedfleet: expected no arguments, got "${given.join(' ')}". Settings choose everything: npm start -- --help\n`;
  return { outcome: 'refused', text };
}

function helpText(): string {
  const rows = describeSettings(supervisorSettingsSchema, { prefix: ENVIRONMENT_PREFIX });
  const width = Math.max(...rows.map(({ environmentName }) => environmentName.length));
  const settings = rows.map(({ environmentName, description, default: usual }) => {
    const shown = usual === undefined || usual === '{}' ? '' : ` Default: ${usual}`;
    return `  ${environmentName.padEnd(width)}  ${description}${shown}`;
  });
  return [
    'npm start runs a whole fleet until Ctrl-C. It takes no arguments; these environment variables choose:',
    '',
    ...settings,
    `  ${'FEEDFLEET_SETTINGS_FILE'.padEnd(width)}  A JSON file with the same settings; ./feedfleet.json when there is one.`,
    '',
    'docs/reference/settings.md has their names in the file, and their ranges.',
    '',
  ].join('\n');
}
