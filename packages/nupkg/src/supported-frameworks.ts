/**
 * The frameworks that a package has files or framework assemblies for, as clients look at it before they install it.
 *
 * Source: NuGet.Packaging, PackageReaderBase.GetSupportedFrameworks and GetFrameworkFromPath. Differs on purpose: `ref` and
 * `buildTransitive` count, too, and `runtimes` is for any framework, so that nobody misses a package.
 */
import { shortFrameworkName } from '@feedfleet/versioning';
import type { XmlElement } from './xml-element.ts';

/** Folders at the root with a folder for each framework; what lies right in them is for any. */
const BY_FRAMEWORK: ReadonlySet<string> = new Set(['lib', 'ref', 'build', 'buildtransitive', 'content', 'tools']);
const FRAMEWORK_NAME = /^(?:[a-z]+\d[a-z\d.+-]*|portable-[a-z\d.+-]+)$/;
const ANY = 'any';
/** More are too many to tell apart. */
const MAX_FRAMEWORKS = 64;

/**
 * @param names - of all entries, by `entryKey`.
 * @param assemblyFrameworks - of `readAssemblyFrameworks`.
 * @returns short names, each once, in order; empty when something is for any framework, or nothing for one in particular.
 */
export function supportedFrameworks(names: Iterable<string>, assemblyFrameworks: readonly string[]): readonly string[] {
  const found = new Set(assemblyFrameworks);
  if (found.has(ANY)) return [];
  for (const name of names) {
    const framework = frameworkOf(name.split('/'));
    if (framework !== undefined) found.add(framework);
    if (found.has(ANY) || found.size > MAX_FRAMEWORKS) return [];
  }
  return [...found].toSorted();
}

function frameworkOf([root = '', folder, ...rest]: readonly string[]): string | undefined {
  if (root === 'runtimes') return ANY;
  if (!BY_FRAMEWORK.has(root) || folder === undefined) return undefined;
  if (!FRAMEWORK_NAME.test(folder)) return ANY;
  // The folder itself may be an entry.
  return rest.length === 0 ? undefined : shortFrameworkName(folder);
}

/** What `frameworkAssembly` elements name: lists joined by commas; without one, the assembly is for any framework. */
export function readAssemblyFrameworks(metadata: XmlElement): readonly string[] {
  const assemblies = metadata.child('frameworkAssemblies')?.children('frameworkAssembly') ?? [];
  const names = assemblies.flatMap((assembly) =>
    assembly.attribute('targetFramework').split(/,(?!\s*(?:Version|Profile)=)/i),
  );
  return names.map((name) => (name.trim() === '' ? ANY : shortFrameworkName(name)));
}
