/**
 * 7 February 2013, by the hour: what happened then, and what is done at that time in the replay.
 *
 * Source: MyGet's post about the partial downtime of that day. Times are those of Amsterdam.
 */
import type { Step } from '../pass-day.ts';
import type { DayTime } from '../replay-clock.ts';

/** What somebody does to the fleet. */
export type Deed = 'configureLoop' | 'removeLoop' | 'storm' | 'advise' | 'reroute' | 'endReroute' | 'disableSources';

export const QUIET = 'quiet';
/** Those in which feeds reference each other and are asked. */
export const TROUBLED = ['loop', 'storm', 'advice', 'rerouted', 'on'] as const;
export const RECOVERED = 'after';

export const DAY: readonly Step<Deed>[] = [
  {
    at: '13:15',
    phase: QUIET,
    then: 'A Thursday like others.',
    deeds: [],
    now: 'Clients of all families, some of feeds with sources.',
  },
  {
    at: '15:15',
    phase: 'loop',
    then: 'Monitoring tells of latency on the default endpoint. A user has feed A reference B, and B reference A.',
    deeds: ['configureLoop'],
    now: 'A takes from B, and B from A; their clients ask for them.',
  },
  {
    at: '15:45',
    phase: 'calm',
    then: 'Latency goes back to normal.',
    deeds: ['removeLoop'],
    now: 'The user takes it back. (Why it went back to normal is not known; this is assumed.)',
  },
  {
    at: '16:15',
    phase: 'storm',
    then: 'The same again, and e-mails to support. A simple request takes about 2 minutes.',
    deeds: ['configureLoop', 'storm'],
    now: 'The loop is back, and ten feeds that all reference each other are asked as well.',
  },
  {
    at: '16:30',
    phase: 'advice',
    then: 'Support advises to switch to the v2 endpoint: it is another partition, and works.',
    deeds: ['advise'],
    now: 'Half of the clients of the default endpoint switch to v2.',
  },
  {
    at: '17:00',
    phase: 'rerouted',
    then: 'Nobody finds the reason. The team decides to fail over to the second datacenter.',
    deeds: ['reroute'],
    now: 'feedfleet reroute set default --to v2; nobody changes a URL. (Not in the control: there was no such thing.)',
  },
  {
    at: '18:00',
    phase: 'on',
    then: 'Most users work again, on the second datacenter.',
    deeds: ['endReroute'],
    now: 'The reroute is cleared; loop and storm go on. (The failover is left out: there is one set of processes.)',
  },
  {
    at: '20:00',
    phase: 'hotfix',
    then: 'A hotfix; the faulting package source is disabled.',
    deeds: ['disableSources'],
    now: 'The sources are disabled.',
  },
  {
    at: '21:00',
    phase: RECOVERED,
    then: 'At 23:30 the first datacenter takes over again.',
    deeds: [],
    now: 'As before.',
  },
];

export const END_OF_DAY: DayTime = '23:30';
