/**
 * Which URL serves the same right now, as the probes found it, in words that can be followed to the letter.
 *
 * A reader of the feed may use any family that reads. Nothing stands in for pushes, nor for symbols.
 */
import type { Tip } from '@feedfleet/status-model';

export interface FamilyInView {
  readonly id: string;
  /** As clients configure it: `https://packages.example/F/<feed>/api/v2`. */
  readonly urlPattern: string;
  /** When a probe last found that all of it works, if that was the last thing that any probe found; `null`: it does not work. */
  readonly worksAt: string | null;
}

/** Best first: what the same clients can speak without a change in what they do. */
const ALTERNATES: Readonly<Record<string, readonly string[]>> = {
  v3: ['v2', 'default'],
  v2: ['default', 'v3'],
  default: ['v2', 'v3'],
  v1: ['default', 'v2', 'v3'],
};
const PUSH = 'push';
const V3 = 'v3';

/** @param trouble - id of the family that does not work. @returns `null` where nothing helps. */
export function tipFor(trouble: string, families: readonly FamilyInView[]): Tip | null {
  const failing = families.find(({ id }) => id === trouble);
  if (failing === undefined) return null;
  const working = new Map(
    families.flatMap((family) => (family.worksAt === null ? [] : [[family.id, family] as const])),
  );
  if (trouble === PUSH) return tipForPushers(failing, working);
  const alternate = (ALTERNATES[trouble] ?? []).map((id) => working.get(id)).find((family) => family !== undefined);
  if (alternate === undefined) return null;
  const toPush = trouble === 'v3' ? working.get(PUSH) : undefined;
  return {
    text: readersText(failing, alternate, toPush),
    useUrl: alternate.urlPattern,
    insteadOfUrl: failing.urlPattern,
    nugetConfig: sourceLine(alternate),
    checkedAt: alternate.worksAt,
  };
}

function readersText(failing: FamilyInView, alternate: FamilyInView, toPush: FamilyInView | undefined): string {
  const change = `In nuget.config, keep the key of the source, and change ${failing.urlPattern} to ${alternate.urlPattern}`;
  const protocol = ` with protocolVersion="${protocolOf(alternate)}"`;
  const who = alternate.id === V3 && failing.id !== V3 ? ' (dotnet, Visual Studio, nuget.exe 4 and newer)' : '';
  const push = toPush === undefined ? '' : `; to push, give --source ${toPush.urlPattern}`;
  return `${change}${protocol}${who}${push}.`;
}

/** Whoever only reads need not change anything. */
function tipForPushers(failing: FamilyInView, working: ReadonlyMap<string, FamilyInView>): Tip | null {
  const readable = ['v3', 'v2', 'default'].map((id) => working.get(id)).find((family) => family !== undefined);
  if (readable === undefined) return null;
  return {
    text: 'No other URL takes pushes: push again when this is over, with --skip-duplicate; packages that are there can be restored as ever.',
    useUrl: null,
    insteadOfUrl: failing.urlPattern,
    nugetConfig: null,
    checkedAt: readable.worksAt,
  };
}

function protocolOf({ id }: FamilyInView): 2 | 3 {
  return id === V3 ? 3 : 2;
}

/** Source: Microsoft, "nuget.config reference", packageSources. SDKs before 9 do not mind what they do not know. */
function sourceLine(family: FamilyInView): string {
  const insecure = family.urlPattern.startsWith('http://') ? ' allowInsecureConnections="true"' : '';
  return `<add key="feedfleet" value="${family.urlPattern}" protocolVersion="${protocolOf(family)}"${insecure} />`;
}
