/** The .NET SDK as a user drives it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { ClientFolder } from './client-folder.ts';
import type { ClientResult } from './client-folder.ts';

export interface LibraryProject {
  readonly id: string;
  readonly version: string;
  /** Version range by id. */
  readonly references?: Readonly<Record<string, string>>;
  /** Packed as a .NET tool with this command. */
  readonly toolCommand?: string;
}

export class Dotnet extends ClientFolder {
  /** The framework of the installed SDK itself: the only one that needs no packages from elsewhere. */
  readonly targetFramework = `net${Number.parseInt(spawnSync('dotnet', ['--version'], { encoding: 'utf8' }).stdout, 10)}.0`;

  dotnet(args: readonly string[], cwd?: string): Promise<ClientResult> {
    return this.run('dotnet', args, cwd);
  }

  /** Writes a project that compiles; gives its folder. */
  project(folder: string, project: LibraryProject): string {
    const isTool = project.toolCommand !== undefined;
    const references = Object.entries(project.references ?? {})
      .map(([id, range]) => `<PackageReference Include="${id}" Version="${range}"/>`)
      .join('');
    this.write(
      `${folder}/${project.id}.csproj`,
      `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>${this.targetFramework}</TargetFramework>` +
        `<PackageId>${project.id}</PackageId><Version>${project.version}</Version><Authors>Acme</Authors>` +
        `<Description>${project.id} of Acme</Description><PackageTags>acme sample</PackageTags>` +
        (isTool
          ? `<OutputType>Exe</OutputType><PackAsTool>true</PackAsTool><ToolCommandName>${project.toolCommand}</ToolCommandName>`
          : '') +
        `</PropertyGroup><ItemGroup>${references}</ItemGroup></Project>`,
    );
    const body = isTool
      ? 'static class P { static void Main() => System.Console.WriteLine("tool says hello"); }'
      : 'public class C { }';
    this.write(`${folder}/Code.cs`, body);
    return folder;
  }

  /** `id/version` of everything that the last restore of the folder resolved. */
  restored(folder: string): readonly string[] {
    const assets = JSON.parse(readFileSync(this.path(folder, 'obj/project.assets.json'), 'utf8')) as {
      readonly libraries: Readonly<Record<string, unknown>>;
    };
    return Object.keys(assets.libraries).sort();
  }
}
