/** What becomes of the sources of a `nuget.config` as package sources of a feed. Pure. */
import { matchesGlob } from '@feedfleet/registry-client';
import type { SourceCreation } from '@feedfleet/registry-client';

import type { ConfiguredSource } from './nuget-config.ts';
import { readSourceUrl } from './source-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface PlannedSource {
  /** As the file calls it. */
  readonly key: string;
  /** `null` when it cannot be taken over; the notes say why. */
  readonly creation: SourceCreation | null;
  /** What differs from the file, one sentence each, without secrets. */
  readonly notes: readonly string[];
}

interface Expanded {
  readonly text: string;
  readonly missing: readonly string[];
}

/** Source: NuGet, "nuget.config reference": `%NAME%` stands for a variable. */
function expanded(text: string, environment: Environment): Expanded {
  const missing: string[] = [];
  const replaced = text.replace(/%([^%\s=]+)%/g, (whole, name: string) => {
    const value = environment[name];
    if (value === undefined) missing.push(name);
    return value ?? whole;
  });
  return { text: replaced, missing };
}

/** A name that the registry takes and no other source has. */
function nameFor(key: string, taken: Set<string>): string {
  const plain =
    key
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+|-+$/g, '')
      .slice(0, 90) || 'source';
  let name = plain;
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${plain}-${count}`;
  taken.add(name.toLowerCase());
  return name;
}

interface ReadCredential {
  readonly credential: SourceCreation['credential'];
  /** Why there is none although the file names one. */
  readonly fault?: string;
}

function credentialOf({ credential }: ConfiguredSource, environment: Environment): ReadCredential {
  if (credential === undefined) return { credential: null };
  if (credential.isEncrypted) {
    return {
      credential: null,
      fault: 'its password is encrypted for one user of one Windows machine and cannot be read',
    };
  }
  const userName = expanded(credential.userName, environment);
  const password = expanded(credential.password ?? '', environment);
  const missing = [...userName.missing, ...password.missing];
  if (missing.length > 0)
    return { credential: null, fault: `its credential needs ${missing.join(', ')}, not set here` };
  if (password.text === '') return { credential: null, fault: 'it has a credential without a password' };
  return { credential: { kind: 'basic', userName: userName.text, secret: password.text } };
}

interface Filters {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly inexact: readonly string[];
}

/**
 * Of the package source mapping, where the most telling pattern decides alone: what another source has a narrower pattern for is
 * excluded here.
 *
 * Source: NuGet, "Package Source Mapping", section "Package pattern precedence".
 */
function filtersOf(own: readonly string[], all: readonly string[]): Filters {
  const include = [...new Set(own)];
  const isOwn = (pattern: string): boolean => include.some((each) => each.toLowerCase() === pattern.toLowerCase());
  const narrower = [...new Set(all)].filter(
    (pattern) => !isOwn(pattern) && include.some((each) => matchesGlob(each, pattern)),
  );
  // An exclusion would also hide what this source has a still narrower pattern for.
  const inexact = narrower.filter((pattern) => include.some((each) => matchesGlob(pattern, each)));
  const exclude = narrower.filter((pattern) => !inexact.includes(pattern));
  // What a wider exclusion covers need not be said.
  const widest = exclude.filter(
    (pattern) => !exclude.some((other) => other !== pattern && matchesGlob(other, pattern)),
  );
  return { include, exclude: widest, inexact };
}

/** Source: NuGet, "nuget.config reference", `protocolVersion`: without it, a URL that ends with .json is of version 3. */
function protocolOf({ protocolVersion }: ConfiguredSource, url: string): 'v2' | 'v3' {
  if (protocolVersion === '3') return 'v3';
  if (protocolVersion === '2') return 'v2';
  return new URL(url).pathname.toLowerCase().endsWith('.json') ? 'v3' : 'v2';
}

const maxGlobs = 100;

function planned(source: ConfiguredSource, environment: Environment, context: PlanContext): PlannedSource {
  const { key, patterns } = source;
  const { text, missing } = expanded(source.value, environment);
  const refused = (why: string): PlannedSource => ({ key, creation: null, notes: [`It is not taken over: ${why}.`] });
  if (missing.length > 0) return refused(`its address needs ${missing.join(', ')}, not set here`);
  const read = readSourceUrl(text, undefined);
  if (read?.target.kind !== 'foreign')
    return refused('it is no http or https URL; push the packages of a folder instead');
  const { credential, fault } = credentialOf(source, environment);
  const isMapped = patterns === undefined || patterns.length > 0;
  const filters = filtersOf(patterns === undefined || patterns.length === 0 ? ['*'] : patterns, context.patterns);
  if (filters.include.length > maxGlobs || filters.exclude.length > maxGlobs) {
    return refused(`its package source mapping needs more than ${maxGlobs} patterns`);
  }
  const name = nameFor(key, context.taken);
  const isEnabled = !source.isDisabled && fault === undefined && isMapped;
  const whole = credential ?? read.credential ?? null;
  const notes = [
    ...(name === key ? [] : [`It is called ${name} here.`]),
    ...(source.isDisabled ? ['It is disabled, as in the file.'] : []),
    ...(fault === undefined ? [] : [`It is disabled, since ${fault}; give it with source set, and --enable.`]),
    ...(isMapped ? [] : ['It is disabled, since the package source mapping gives it no package.']),
    ...filters.inexact.map((glob) => `${glob} comes from it too: its own mapping lies on both sides of that pattern.`),
  ];
  const creation: SourceCreation = {
    ...{ name, target: { ...read.target, protocol: protocolOf(source, read.target.url) } },
    ...(whole === null ? {} : { credential: whole }),
    ...(patterns === undefined || !isMapped ? {} : { include: [...filters.include], exclude: [...filters.exclude] }),
    ...(isEnabled ? {} : { enabled: false }),
  };
  return { key, creation, notes };
}

interface PlanContext {
  readonly taken: Set<string>;
  readonly patterns: readonly string[];
}

/** In the order of the file. */
export function planSourceImport(
  sources: readonly ConfiguredSource[],
  environment: Environment,
): readonly PlannedSource[] {
  const context = { taken: new Set<string>(), patterns: sources.flatMap(({ patterns }) => patterns ?? []) };
  return sources.map((source) => planned(source, environment, context));
}
