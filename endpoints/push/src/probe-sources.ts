/** The probes of foreign sources run in this process; nothing of them is loaded before the fleet has such a source. */
import type { RegistryView } from '@feedfleet/registry-client';
import type { RunningProber, SourceProbing } from '@feedfleet/source-probe';

export interface ProbeOptions extends Omit<SourceProbing, 'fleetSecret' | 'balancerUrl'> {
  /** Without it nothing can be probed, as nothing can be asked. */
  readonly fleetSecret: string | undefined;
  readonly balancerUrl: string | undefined;
}

export function probeSources({ fleetSecret, balancerUrl, registry, log, ...rest }: ProbeOptions): RunningProber {
  if (fleetSecret === undefined || balancerUrl === undefined) return { close: () => Promise.resolve() };
  let loading: Promise<RunningProber | undefined> | undefined;
  let isClosed = false;
  const load = async (): Promise<RunningProber | undefined> => {
    const { openSourceProber } = await import('@feedfleet/source-probe');
    return isClosed ? undefined : openSourceProber({ ...rest, fleetSecret, balancerUrl, registry, log });
  };
  const follow = (view: RegistryView): void => {
    if (loading !== undefined || !view.sources.some(({ target }) => target.kind === 'foreign')) return;
    forget();
    loading = load().catch((error: unknown) => {
      log.error('sources are not probed', error);
      return undefined;
    });
  };
  const forget = registry.onChange(follow);
  follow(registry.current());
  return {
    close: async () => {
      isClosed = true;
      forget();
      await (await loading)?.close();
    },
  };
}
