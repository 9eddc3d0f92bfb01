/** The sentences that incidents say by themselves. */
import type { Ending, ObservedFamily } from './incident-rules.ts';

type Worst = 'degraded' | 'down';

const words: Readonly<Record<Worst, string>> = { degraded: 'slow', down: 'down' };

/** What subscribers hear of an incident. `closed`: an operator says so; an `Ending` is why it closed by itself. */
export type News = 'opened' | 'updated' | 'reopened' | 'closed' | Ending;

const newsWords: Readonly<Record<News, string>> = {
  opened: '',
  updated: 'Update: ',
  reopened: 'Again: ',
  closed: 'Closed: ',
  works: 'Over: ',
  maintained: 'Under maintenance: ',
  unobserved: 'No longer observed: ',
};

/** Says no more than what is known: what is under maintenance now is not over. */
export const subjectOf = (news: News, title: string): string => `${newsWords[news]}${title}`;

/** The kind of event, as receivers of webhooks know it. */
export function eventOf(news: News): `incident.${Exclude<News, Ending>}` {
  const isEnding = news === 'works' || news === 'maintained' || news === 'unobserved';
  return `incident.${isEnding ? 'closed' : news}`;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** @param titles - of the families, in the order of the page. */
export function titleOf(titles: readonly string[], state: Worst, isEverything: boolean): string {
  if (isEverything && titles.length > 1) return `Everything is ${words[state]}`;
  if (titles.length > 3) return `${titles.length} endpoint families are ${words[state]}`;
  return `${listOf(titles)} ${titles.length === 1 ? 'is' : 'are'} ${words[state]}`;
}

export function troubleText({ title, state, reason }: ObservedFamily, again = false): string {
  const what = `${title} is ${state === 'down' ? 'down' : 'slow'}${again ? ' again' : ''}`;
  return reason === null ? `${what}.` : `${what}: ${reason.replace(/\.$/, '')}.`;
}

export function recoveryText({ title, state }: ObservedFamily): string {
  return state === 'maintenance' ? `${title} is under planned maintenance now.` : `${title} works again.`;
}

const endingWords: Readonly<Record<Ending, string>> = {
  works: 'Works again',
  maintained: 'Under planned maintenance now',
  unobserved: 'No longer observed',
};

/** @param ms - how long the incident was. */
export function endingText(ending: Ending, ms: number): string {
  return `${endingWords[ending]}, after ${durationText(ms)}.`;
}

export function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1000))} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days ${hours % 24} h`;
}
