/** The NuGet registry that the machine's own dotnet is set up for. It may be anywhere, and ask for whatever it likes. */
import { spawnSync } from 'node:child_process';

const ANSWER_LIMIT_MS = 30_000;
const ASK =
  'fetch(process.argv[1]).then((r) => r.json()).then((d) => console.log(JSON.stringify(d)), () => process.exit(1))';

export interface OwnRegistry {
  /** Of its service index. */
  readonly url: string;
  /** Types that the index names. */
  readonly types: readonly string[];
}

let found: { readonly registry: OwnRegistry | undefined } | undefined;

/** The first enabled v3 source of the machine's configuration that tells its index without a credential. */
export function ownRegistry(): OwnRegistry | undefined {
  found ??= { registry: find() };
  return found.registry;
}

/** What processes need to trust it as the machine does. */
export function ownTrust(): Readonly<Record<string, string>> {
  const { NODE_EXTRA_CA_CERTS } = process.env;
  return NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS };
}

function find(): OwnRegistry | undefined {
  const listed = spawnSync('dotnet', ['nuget', 'list', 'source', '--format', 'Short'], { encoding: 'utf8' });
  const lines = listed.status === 0 ? listed.stdout.split('\n') : [];
  const urls = lines.flatMap((line) => /^E\w* (https?:.*\.json)$/.exec(line.trim())?.[1] ?? []);
  for (const url of urls) {
    const asked = spawnSync(process.execPath, ['-e', ASK, url], { encoding: 'utf8', timeout: ANSWER_LIMIT_MS });
    if (asked.status === 0) return { url, types: typesIn(asked.stdout) };
  }
  return undefined;
}

function typesIn(index: string): readonly string[] {
  const { resources } = JSON.parse(index) as { readonly resources?: readonly { readonly '@type': unknown }[] };
  return (resources ?? []).flatMap((resource) => resource['@type']).filter((type) => typeof type === 'string');
}
