/**
 * What dotnet, Visual Studio and nuget.exe ask: the service index, and then the addresses that it gives.
 *
 * Source: Microsoft, "NuGet Server API", service index, registration, search, package content.
 */
import { z } from 'zod';

import type { CanaryPackage } from '../canary-package.ts';
import type { ProbeAnswer } from '../probe-client.ts';
import { downloadStep } from './download.ts';
import { statusFault, textFault } from './step.ts';
import type { Found, Step } from './step.ts';

const indexSchema = z.object({ resources: z.array(z.object({ '@id': z.url(), '@type': z.string() })).max(200) });
const CONTENT = 'PackageBaseAddress/3.0.0';
const REGISTRATION = 'RegistrationsBaseUrl/3.6.0';
const SEARCH = 'SearchQueryService';

export function v3Look(wanted: CanaryPackage, turn: number): readonly Step[] {
  const id = wanted.id.toLowerCase();
  const { version } = wanted;
  const at = (found: Found, type: string): string => (found.get(type) ?? '').replace(/\/+$/, '');
  return [
    {
      name: 'service index',
      request: () => ({ path: '/api/v3/index.json' }),
      faultOf: takeResources,
    },
    {
      name: 'by id',
      request: (found) => ({ path: `${at(found, REGISTRATION)}/${id}/index.json` }),
      faultOf: (answer) => textFault(answer, version),
    },
    {
      name: 'search',
      request: (found) => ({
        path: `${at(found, SEARCH)}?q=${id}&take=${(turn % 50) + 10}&prerelease=false&semVerLevel=2.0.0`,
      }),
      faultOf: (answer) => textFault(answer, wanted.id),
    },
    downloadStep(wanted, (found) => `${at(found, CONTENT)}/${id}/${version}/${id}.${version}.nupkg`),
  ];
}

function takeResources(answer: ProbeAnswer, found: Found): string | undefined {
  const fault = statusFault(answer, [200]);
  if (fault !== undefined) return fault;
  const index = indexSchema.safeParse(jsonOf(answer.body));
  if (!index.success) return 'it is not a service index';
  for (const resource of index.data.resources) found.set(resource['@type'], resource['@id']);
  const missing = [CONTENT, REGISTRATION, SEARCH].find((type) => !found.has(type));
  return missing === undefined ? undefined : `it lacks ${missing}`;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
