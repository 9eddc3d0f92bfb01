/** A fleet as drills take it: a throw-away one, or one that runs already. */
import type { TestCertificates } from '@feedfleet/sick-source';
import type { Fleet, ProcessTree } from '@feedfleet/throwaway-fleet';

export interface DrillFleet {
  readonly fleet: Pick<Fleet, 'url' | 'data' | 'adminKey' | 'registry'> & ProcessTree;
  /** Certificates that the fleet trusts; undefined where it was not started for drills. */
  readonly certificates: TestCertificates | undefined;
  /** Where processes look for what wrong they are to do; undefined where it was not started for drills. */
  readonly orderFile: string | undefined;
  stop(): Promise<void>;
}
