/** A foreign source whose certificate has expired, as that of a cloud's storage once did. */
import { eventually } from '@feedfleet/throwaway-fleet';

import type { Drill, Finding, Scene, Seen } from '../drill.ts';
import { finding, noFailures, over } from '../laws.ts';
import type { Stage } from '../stage.ts';
import { addForeignFeed, clientsOf, isWhole, openSource, pathTo } from './foreign-scene.ts';
import type { ForeignFeed } from './foreign-scene.ts';

const TIMEOUT_MS = 1_000;
const STALE_MS = 3_600_000;
const RATE = 10;
const KNOWN_LIMIT_MS = 10_000;

export const expiredCertificate: Drill = {
  name: 'expired-certificate',
  hypothesis:
    'When the certificate of a foreign source expires, feeds that keep complete copies go on from them and mark that, and feeds that do not say whose certificate expired, and when.',
  fault: 'A source with TLS shows a certificate that expired three days ago.',
  guard: {
    what: 'the complete copy of what the source said, which stands in for it',
    off: 'copies may not stand in (staleMs is 0)',
    law: 'goes-on',
  },
  victims: [],
  fitsTarget: false,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const { certificates } = stage;
  if (certificates === undefined) throw new Error('this fleet was not started for drills');
  const source = await openSource(certificates);
  stage.later(() => source.close());
  const common = { url: source.url, timeoutMs: TIMEOUT_MS, isRequired: true };
  const staleMs = stage.isGuarded ? STALE_MS : 0;
  const keeps = await addForeignFeed(stage, { ...common, part: 'keeps', staleMs });
  const needs = await addForeignFeed(stage, { ...common, part: 'needs' });
  const isWell = async (): Promise<boolean> => (await isWhole(stage, keeps)) && (await isWhole(stage, needs));
  const what = 'the source is known';
  await eventually({ what, limitMs: KNOWN_LIMIT_MS }, async () => ((await isWell()) ? true : undefined));
  const rates = { quiet: RATE, control: RATE, fault: RATE, recovery: RATE };
  let blamed: Finding | undefined;
  return {
    groups: [clientsOf(stage, 'keeps', keeps, rates), clientsOf(stage, 'needs', needs, rates)],
    begin: async () => {
      await source.become('expired');
      blamed = await blame(stage, needs, certificates.expiredAt);
    },
    end: () => source.become('well'),
    isWell,
    judge: (seen) => [...judged(seen), ...(blamed === undefined ? [] : [blamed])],
  };
}

async function blame(stage: Stage, feed: ForeignFeed, expiredAt: string): Promise<Finding> {
  const { status, text } = await stage.ask(pathTo(feed, -1));
  const isSaid = status === 503 && text.includes('abroad') && text.includes(`expired at ${expiredAt}`);
  return finding({
    id: 'blame',
    law: 'A feed that cannot answer names the source, and says when its certificate expired',
    holds: isSaid,
    expected: `503 with "abroad" and "expired at ${expiredAt}"`,
    measured: isSaid ? 'both' : `${status} ${text.slice(0, 300)}`,
  });
}

function judged({ report }: Seen): readonly Finding[] {
  return [
    noFailures(over(report, ['keeps', 'needs']), {
      ...{ id: 'no-wrong-answer', mayRefuse: true },
      law: 'Every answer is whole, or says when to come again',
    }),
    noFailures(over(report, ['keeps']), {
      id: 'goes-on',
      law: 'What could be served a second ago is still served',
    }),
  ];
}
