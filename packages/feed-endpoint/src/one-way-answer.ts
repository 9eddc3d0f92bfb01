/**
 * Answers that are for queries which came the same way only: something was left out because of the feed chain.
 *
 * Source: docs/feedchain.md, "On answering".
 */
import type { Heads, ReadyAnswer } from './ready-answer.ts';

const CHAIN_HEADER = 'X-NuGet-Feedchain';

/** The header lines of such an answer instead of those that it would have. */
export function oneWayHeads(heads: ReadyAnswer['heads']): ReadyAnswer['heads'] {
  const adapted = ({ full, notModified }: Heads): Heads => ({
    full: oneWayLines(full),
    notModified: oneWayLines(notModified),
  });
  return { public: adapted(heads.public), private: adapted(heads.private) };
}

/** What a problem says of it, beside that nobody is to keep any problem. */
export const oneWayMark: readonly [string, string] = ['Vary', CHAIN_HEADER];

/** @param lines - name, value, name, value. */
function oneWayLines(lines: readonly string[]): string[] {
  const adapted: string[] = [];
  let vary: string | undefined;
  for (let at = 0; at < lines.length; at += 2) {
    const [name = '', value = ''] = lines.slice(at, at + 2);
    if (name === 'Vary') vary = value;
    else adapted.push(name, name === 'Cache-Control' ? 'no-store' : value);
  }
  return [...adapted, 'Vary', vary === undefined ? CHAIN_HEADER : `${vary}, ${CHAIN_HEADER}`];
}
