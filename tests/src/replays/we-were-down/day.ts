/**
 * 23 February 2013 and the night after it: what happened then, and what is done at that time in the replay.
 *
 * Source: MyGet's post about the outage of that day, of 24 February 2013. Times are those of Amsterdam; those after midnight count on.
 */
import type { Step } from '../pass-day.ts';
import type { DayTime } from '../replay-clock.ts';

/** What befalls the services that the fleet depends on. */
export type Deed = 'expire' | 'renew' | 'awaitRecovery';

export const QUIET = 'quiet';
export const OUTAGE = ['outage', 'night', 'morning'] as const;
const RENEWED = 'renewed';
export const RECOVERED = 'after';

export const EXPIRY: DayTime = '21:50';

export const DAY: readonly Step<Deed>[] = [
  { at: '19:50', phase: QUIET, then: 'A Saturday like others.', deeds: [], now: 'Clients of all families and feeds.' },
  {
    at: EXPIRY,
    phase: 'outage',
    then:
      'The certificate of Windows Azure Storage has expired, all over the world. A monitoring alert, e-mails, tweets: MyGet is down, and so is ' +
      'the official gallery.',
    deeds: ['expire'],
    now: 'The certificates of storage and gallery expire. Connections from before are cut.',
  },
  {
    at: '24:00',
    phase: 'night',
    then: 'Not much to do besides sit and wait: the second datacenter stores its packages in the same way.',
    deeds: [],
    now: 'Nobody does anything.',
  },
  { at: '27:00', phase: 'morning', then: 'Down for five hours.', deeds: [], now: 'Nobody does anything.' },
  {
    at: '29:50',
    phase: RENEWED,
    then: 'After 8 hours the certificate is renewed.',
    deeds: ['renew', 'awaitRecovery'],
    now: 'Both certificates are renewed. No process of the fleet is started anew.',
  },
  { at: '30:20', phase: RECOVERED, then: 'As before.', deeds: [], now: 'As before.' },
];

export const END_OF_DAY: DayTime = '31:50';
