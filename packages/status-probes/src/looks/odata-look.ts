/**
 * What clients of v1 and v2 ask: nuget.exe 2.8, PowerShell, Chocolatey, Paket.
 *
 * Source: Microsoft, "Package query service"; NuGet 2.8, `DataServicePackageRepository`.
 */
import type { CanaryPackage } from '../canary-package.ts';
import { downloadStep } from './download.ts';
import { textFault } from './step.ts';
import type { Step } from './step.ts';

/** @param turn - makes the search another one each time, so that it is not answered out of a memory of the last one. */
export function odataLook(mount: string, wanted: CanaryPackage, turn: number): readonly Step[] {
  const { id, version } = wanted;
  const search = `/Search()?searchTerm='${id}'&includePrerelease=false&$top=${(turn % 50) + 10}`;
  // v1 has no FindPackagesById.
  const byId = mount.endsWith('/v1') ? `/Packages()?$filter=Id%20eq%20'${id}'` : `/FindPackagesById()?id='${id}'`;
  const document = (name: string, path: string, text: string): Step => ({
    name,
    request: () => ({ path: mount + path }),
    faultOf: (answer) => textFault(answer, text),
  });
  return [
    document('service document', '/', '<service'),
    document('by id', byId, id),
    document('search', search, id),
    downloadStep(wanted, () => `${mount}/package/${id}/${version}`),
  ];
}
