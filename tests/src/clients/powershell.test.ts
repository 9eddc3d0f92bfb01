/** PowerShell's two package managers, PSResourceGet and PowerShellGet 2, with a feed of modules. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { ClientFolder } from '../support/client-folder.ts';
import { describeWith } from '../support/component.ts';
import { dotnetTool } from '../support/fetched-clients.ts';
import { FeedClient } from '../support/feed-client.ts';
import { buildPackage } from '../support/package-builder.ts';

const ID = 'Acme.Module';

function manifest(version: string): string {
  const [number = '', label = ''] = version.split('-');
  return (
    `@{ ModuleVersion = '${number}'; RootModule = '${ID}.psm1'; GUID = '5a0f0d5c-3f57-4e9a-a7a0-1d1b4e3c2f10'; ` +
    `Author = 'Acme'; Description = 'Acme'; FunctionsToExport = 'Get-Acme'; PrivateData = @{ PSData = @{ Prerelease = '${label}' } } }`
  );
}

function moduleOf(version: string): Buffer {
  return buildPackage({
    id: ID,
    version,
    metadataXml: '<tags>PSModule PSIncludes_Function</tags>',
    files: { [`${ID}.psd1`]: manifest(version), [`${ID}.psm1`]: `function Get-Acme { 'acme ${version} says hello' }` },
  });
}

const PSRESOURCEGET = `param($url, $key)
$ErrorActionPreference = 'Stop'
Register-PSResourceRepository -Name feed -Uri $url -Trusted -Force
"speaks $((Get-PSResourceRepository -Name feed).ApiVersion)"
Find-PSResource -Name ${ID} -Repository feed | % { "newest $($_.Version)" }
Find-PSResource -Name ${ID} -Version '*' -Repository feed | % { "version $($_.Version)" }
Find-PSResource -Name ${ID} -Prerelease -Repository feed | % { "prerelease $($_.Version)-$($_.Prerelease)" }
Find-PSResource -Name ${ID} -Version '[1.0,1.1)' -Repository feed | % { "range $($_.Version)" }
if ($url -notlike '*.json') {
  Find-PSResource -Name 'Acme.*' -Repository feed | % { "wildcard $($_.Name) $($_.Version)" }
  Find-PSResource -Tag PSModule -Repository feed | % { "tag $($_.Name) $($_.Version)" }
}
Install-PSResource -Name ${ID} -Version 1.0.0 -Repository feed -Scope CurrentUser
Get-Acme
New-Item -ItemType Directory Mine | Out-Null
New-ModuleManifest -Path Mine/Mine.psd1 -ModuleVersion "1.0.$(Get-Random)" -Author Acme -Description Mine
Publish-PSResource -Path Mine -Repository feed -ApiKey $key
Find-PSResource -Name Mine -Repository feed | % { "published $($_.Name)" }
`;

const POWERSHELLGET = `param($url, $key)
$ErrorActionPreference = 'Stop'
Register-PSRepository -Name feed -SourceLocation $url -PublishLocation "$url/package" -InstallationPolicy Trusted
Find-Module -Name ${ID} -Repository feed | % { "newest $($_.Version)" }
Find-Module -Name ${ID} -AllVersions -Repository feed | % { "version $($_.Version)" }
Install-Module -Name ${ID} -RequiredVersion 1.0.0 -Repository feed -Scope CurrentUser
Get-Acme
`;

const FOUND = ['newest 1.1.0', 'version 1.1.0', 'version 1.0.0', 'prerelease 1.2.0-beta', 'range 1.0.0'];
const FOUND_BY_V2 = [`wildcard ${ID} 1.1.0`, `tag ${ID} 1.1.0`];
const INSTALLED = 'acme 1.0.0 says hello';

describeWith(['dotnet', 'powershell'], 'PowerShell', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet();
    for (const feedName of ['Modules2', 'Modules3', 'ModulesOld']) {
      await fleet.registry.feeds.create({ name: feedName, visibility: 'public' });
      const feed = new FeedClient(`${fleet.url}/F/${feedName}`, fleet.adminKey);
      for (const version of ['1.0.0', '1.1.0', '1.2.0-beta']) {
        expect(await feed.push(moduleOf(version))).toMatchObject({ status: 201 });
      }
      feed.disconnect();
    }
  });

  afterAll(async () => {
    await fleet.stop();
  });

  async function powershell(script: string, url: string): Promise<readonly string[]> {
    const client = new ClientFolder({ NO_COLOR: '1', POWERSHELL_TELEMETRY_OPTOUT: '1' });
    try {
      const file = client.write('script.ps1', script);
      const args = ['-NoProfile', '-NonInteractive', '-File', file, url, fleet.adminKey];
      const { code, output } = await client.run(dotnetTool('pwsh') ?? '', args);
      if (code !== 0) throw new Error(`PowerShell ended with ${code}:\n${output}`);
      return output.split(/\r?\n/).filter((line) => line.trim() !== '');
    } finally {
      client.remove();
    }
  }

  it('PSResourceGet finds, installs and publishes on the v2 URL', async () => {
    const lines = await powershell(PSRESOURCEGET, `${fleet.url}/F/Modules2/api/v2`);
    expect(lines).toEqual(['speaks V2', ...FOUND, ...FOUND_BY_V2, INSTALLED, 'published Mine']);
  });

  it('PSResourceGet finds, installs and publishes on the v3 URL', async () => {
    const lines = await powershell(PSRESOURCEGET, `${fleet.url}/F/Modules3/api/v3/index.json`);
    expect(lines).toEqual(['speaks V3', ...FOUND, INSTALLED, 'published Mine']);
  });

  it('PowerShellGet 2 finds and installs on the v2 URL', async () => {
    const lines = await powershell(POWERSHELLGET, `${fleet.url}/F/ModulesOld/api/v2`);
    expect(lines).toEqual(['newest 1.1.0', 'version 1.1.0', 'version 1.0.0', INSTALLED]);
  });
});
