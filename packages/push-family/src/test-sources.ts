/** Tests of package sources run in this process; nothing of them is loaded before one is asked for. */
import type { SourceTestQuestion } from '@feedfleet/push-protocol';
import type { Source } from '@feedfleet/registry-client';
import type { SourceChecking, SourceChecks } from '@feedfleet/source-check';

export interface TestOptions extends Omit<SourceChecking, 'fleetSecret' | 'balancerUrl'> {
  /** Without it nothing can be tested, as nothing can be asked. */
  readonly fleetSecret: string | undefined;
  readonly balancerUrl: string | undefined;
}

export interface SourceTests {
  readonly test: ((source: Source, question: SourceTestQuestion) => Promise<object>) | undefined;
  close(): Promise<void>;
}

export function testSources({ fleetSecret, balancerUrl, ...rest }: TestOptions): SourceTests {
  if (fleetSecret === undefined || balancerUrl === undefined)
    return { test: undefined, close: () => Promise.resolve() };
  let loading: Promise<SourceChecks> | undefined;
  const load = async (): Promise<SourceChecks> => {
    const { openSourceChecks } = await import('@feedfleet/source-check');
    return openSourceChecks({ ...rest, fleetSecret, balancerUrl });
  };
  return {
    test: async (source, question) => (await (loading ??= load())).check(source, question),
    close: async () => (await loading)?.close(),
  };
}
