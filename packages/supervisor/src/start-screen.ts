/** What a user reads when the fleet is up: where things are, and commands that work when they are pasted. */

export interface StartScreen {
  /** Of the balancer, as clients reach it, without a trailing slash. */
  readonly url: string;
  readonly registryUrl: string;
  /** `undefined` where there is none. */
  readonly statusUrl: string | undefined;
  readonly dataFolder: string;
  readonly feed: string;
  /** On the first start only. */
  readonly adminKey: string | undefined;
  /** A command that makes another one. */
  readonly newKeyCommand: string;
  /** What did not come up, with the reason. */
  readonly down: readonly { readonly label: string; readonly message: string; readonly logFile: string }[];
  /** From launch to now, in milliseconds. */
  readonly startMs: number;
}

/** Colours, or functions that leave the text as it is where there is no terminal. */
export interface Ink {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
}

export const plainInk: Ink = { bold: String, dim: String, green: String, red: String };

/** Ends with a line feed. */
export function renderStartScreen(screen: StartScreen, ink: Ink): string {
  const seconds = (screen.startMs / 1000).toFixed(1);
  const head =
    screen.down.length === 0
      ? ink.green(`feedfleet is ready after ${seconds} s`)
      : ink.red(`feedfleet runs in part after ${seconds} s`);
  const blocks = [
    [ink.bold(head)],
    downLines(screen, ink),
    placeLines(screen),
    keyLines(screen, ink),
    commandLines(screen, ink),
  ];
  const body = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `\n${body.join('\n\n')}\n\n${ink.dim('Ctrl-C drains and ends the fleet.')}\n`;
}

function downLines({ down }: StartScreen, ink: Ink): readonly string[] {
  return down.flatMap(({ label, message, logFile }) => [
    ink.red(`  ${label} is down: ${message}`),
    `    It is started again by itself; its log is ${logFile}`,
    ...(label === 'registry'
      ? ['    The others go on with their last snapshot; feeds and keys cannot be changed.']
      : []),
  ]);
}

function placeLines(screen: StartScreen): readonly string[] {
  const feedUrl = `${screen.url}/F/${screen.feed}`;
  return [
    ['Balancer', screen.url],
    [`Feed "${screen.feed}"`, feedUrl],
    ['  v3', v3Index(screen)],
    ['  v2', `${feedUrl}/api/v2`],
    ['  push', `${feedUrl}/api/v2/package`],
    ['Registry API', screen.registryUrl],
    ...(screen.statusUrl === undefined ? [] : [['Status page', screen.statusUrl]]),
    ['Data', screen.dataFolder],
  ].map(([name = '', value = '']) => `  ${name.padEnd(16)} ${value}`);
}

function keyLines({ adminKey, newKeyCommand }: StartScreen, ink: Ink): readonly string[] {
  if (adminKey === undefined) {
    return ['  <your key> is the admin key of the first start. A new one:', `  ${newKeyCommand}`];
  }
  return [`  Admin key        ${ink.bold(adminKey)}`, '                   Shown once; only its hash is stored.'];
}

function commandLines(screen: StartScreen, ink: Ink): readonly string[] {
  const insecure = screen.url.startsWith('http://');
  const key = screen.adminKey ?? '<your key>';
  const flag = insecure ? ' --allow-insecure-connections' : '';
  return [
    `  dotnet nuget add source ${v3Index(screen)} --name feedfleet${flag}`,
    `  dotnet nuget push "bin/Release/*.nupkg" --source feedfleet --api-key ${key}`,
    '  dotnet restore',
    ...(insecure ? [ink.dim('  With a .NET SDK before 9, leave out --allow-insecure-connections.')] : []),
  ];
}

function v3Index(screen: StartScreen): string {
  return `${screen.url}/F/${screen.feed}/api/v3/index.json`;
}
