/** How package sources look. */
import type { SourceSummary } from '@feedfleet/registry-client';

import { withoutSecrets } from '../failure.ts';
import { renderProperties, renderTable } from '../table.ts';

function targetOf({ target }: SourceSummary): string {
  if (target.kind === 'foreign') return `${withoutSecrets(target.url)} (${target.protocol})`;
  return target.name === null ? 'a feed that it may not read any more' : `feed ${target.name}`;
}

function credentialOf({ credential }: SourceSummary): string {
  switch (credential?.kind) {
    case undefined:
      return 'none';
    case 'basic':
      return `basic, user ${credential.userName}`;
    case 'apiKey':
      return 'API key';
    case 'bearer':
      return 'bearer token';
  }
}

function stateOf({ enabled, loop }: SourceSummary): string {
  if (!enabled) return 'disabled';
  switch (loop?.state) {
    case 'pending':
      return 'being checked';
    case 'caught':
      return 'cut: leads back here';
    case 'clear':
    case undefined:
      return 'in use';
  }
}

function idsOf({ include, exclude }: SourceSummary): string {
  return [...include, ...exclude.map((glob) => `not ${glob}`)].join(', ');
}

export function renderSources(sources: readonly SourceSummary[]): string {
  if (sources.length === 0) return 'No sources.\n';
  return renderTable(
    ['NAME', 'TARGET', 'IDS', 'CREDENTIAL', 'MODE', 'WHEN SILENT', 'STATE'],
    sources.map((source) => [
      ...[source.name, targetOf(source), idsOf(source), credentialOf(source), source.mode],
      source.required ? '503' : 'left out',
      stateOf(source),
    ]),
  );
}

export function renderSource(source: SourceSummary): string {
  const foreign: readonly (readonly [string, string])[] = [
    ['Mode', source.mode],
    ['Fresh', `${source.freshMs} ms`],
    ['Stale', `${source.staleMs} ms`],
    ['Private addresses', source.allowPrivateAddresses ? 'allowed' : 'refused'],
  ];
  return renderProperties([
    ['Name', source.name],
    ['Target', targetOf(source)],
    ['Position', String(source.position)],
    ['IDs', idsOf(source)],
    ['Pre-releases', source.prerelease ? 'taken' : 'not taken'],
    ['Credential', credentialOf(source)],
    ['When silent', source.required ? 'the feed answers 503' : 'left out'],
    ['Timeout', `${source.timeoutMs} ms`],
    ...(source.target.kind === 'foreign' ? foreign : []),
    ['State', stateOf(source)],
  ]);
}

export const renderNotes = (notes: readonly string[]): string =>
  notes.map((note) => `${withoutSecrets(note)}\n`).join('');
