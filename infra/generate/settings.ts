/** `docs/reference/settings.md`: every setting of every process, from the schemas that check them. */
import { balancerSettingsSchema } from '../../balancer/src/settings.ts';
import { settingsSchema as pushSchema } from '../../endpoints/push/src/settings.ts';
import { feedFamilySettingsSchema } from '../../packages/feed-endpoint/src/index.ts';
import { settingsSchema as registrySchema } from '../../packages/registry/src/index.ts';
import { supervisorSettingsSchema } from '../../packages/supervisor/src/supervisor-settings.ts';
import { settingsSchema as statusSchema } from '../../packages/status/src/index.ts';
import { hostSettingsShape } from '../../shared/host/src/index.ts';
import { describeSettings } from '../../shared/settings/src/index.ts';
import type { SettingRow } from '../../shared/settings/src/index.ts';
import { code, page, table, type Page } from './page.ts';

type Schema = Parameters<typeof describeSettings>[0];

const PREFIX = 'FEEDFLEET_';

export const processes: readonly { readonly name: string; readonly schema: Schema }[] = [
  { name: 'status', schema: statusSchema },
  { name: 'registry', schema: registrySchema },
  { name: 'balancer', schema: balancerSettingsSchema },
  { name: 'default', schema: feedFamilySettingsSchema },
  { name: 'v1', schema: feedFamilySettingsSchema },
  { name: 'v2', schema: feedFamilySettingsSchema },
  { name: 'push', schema: pushSchema },
  { name: 'v3', schema: feedFamilySettingsSchema },
  { name: 'symbols', schema: feedFamilySettingsSchema },
];

const intro = `\`npm start\` takes the settings of the fleet from the environment, from the JSON file that
\`FEEDFLEET_SETTINGS_FILE\` names, else from \`feedfleet.json\` in the folder that it is started in. The environment wins. An unknown
key is an error, and so are an environment variable \`FEEDFLEET_*\` that nothing reads, and a file that is named and missing.
The fleet starts its processes with what they need; \`processes\`
sets what a process has beyond that, under the key, and a process that is started alone reads the environment variable.`;

function defaultOf(row: SettingRow): string {
  if (row.required) return 'required';
  return row.default === undefined ? '' : code(row.default);
}

function rowsOf(rows: readonly SettingRow[]): string {
  return table(
    ['Key', 'Environment', 'Kind', 'Default', 'Range', 'What it is'],
    rows.map((row) => [
      code(row.key),
      code(row.environmentName),
      row.secret ? `${row.kind}, secret` : row.kind,
      defaultOf(row),
      row.range ?? '',
      row.description,
    ]),
  );
}

export const settingsPage: Page = {
  file: 'docs/reference/settings.md',
  render: () => {
    // The shape is a part of every schema; the family that has nothing else than caches stands for all.
    const shared = describeSettings(feedFamilySettingsSchema, { prefix: PREFIX }).filter(
      ({ key }) => key in hostSettingsShape,
    );
    const isShared = (row: SettingRow): boolean =>
      shared.some(({ key, default: usual }) => key === row.key && usual === row.default);
    const sections = processes.map(({ name, schema }) => {
      const own = describeSettings(schema, { prefix: PREFIX }).filter((row) => !isShared(row));
      return `## ${name}\n\n${own.length === 0 ? 'Nothing beyond what every process has.\n' : rowsOf(own)}`;
    });
    return page(
      'Settings',
      'the settings schema of each process',
      `${intro}\n\n## The fleet\n\n${rowsOf(describeSettings(supervisorSettingsSchema, { prefix: PREFIX }))}\n## Every process\n\n${rowsOf(
        shared,
      )}\n${sections.join('\n')}`,
    );
  },
};
