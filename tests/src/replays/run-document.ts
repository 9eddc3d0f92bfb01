/** A run of a day as a document, with what its processes took. */
import { describeRun, processesOfFleet, ProcessSampler, thisMachine } from '@feedfleet/load';
import type { LoadReport, LoadRun, RunDocument, RunProcess } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

export function sampleProcesses({ data }: Fleet, run: LoadRun): ProcessSampler {
  return new ProcessSampler({ processes: () => processesOfFleet(data), elapsedMs: () => run.elapsedMs });
}

export function documentOf(report: LoadReport, { url }: Fleet, processes: readonly RunProcess[]): RunDocument {
  return describeRun(report, { title: 'A day', target: url, machine: thisMachine(), processes });
}
