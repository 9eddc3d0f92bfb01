import { describe, expect, it } from '@jest/globals';
import { supportedFrameworks } from './supported-frameworks.ts';

describe('a package', () => {
  it.each([
    ['has files for some frameworks', ['lib/net45/a.dll', 'lib/net40/a.dll', 'lib/net40/de/a.dll'], ['net40', 'net45']],
    [
      'has other files, too',
      ['lib/net45/a.dll', 'a.nuspec', 'readme.md', 'images/icon.png', '[content_types].xml'],
      ['net45'],
    ],
    ['has entries for its folders', ['lib', 'lib/net45', 'lib/net45/a.dll'], ['net45']],
    ['says that it works, by an empty folder', ['lib/netstandard2.0/_._'], ['netstandard2.0']],
    ['has a portable library', ['lib/portable-net45+win8/a.dll'], ['portable-net45+win8']],
    ['has a portable library by its profile', ['lib/.netportable0.0-profile7/a.dll', 'lib/net40/a.dll'], []],
    ['has build files and reference assemblies', ['build/net46/a.targets', 'ref/net8.0/a.dll'], ['net46', 'net8.0']],
    ['has a file for any framework', ['lib/net45/a.dll', 'tools/install.ps1'], []],
    ['has a file right in lib', ['lib/a.dll', 'lib/net45/b.dll'], []],
    ['has content in folders of its own', ['content/scripts/a.js', 'lib/net45/a.dll'], []],
    ['has native files', ['runtimes/win/native/a.dll', 'lib/net45/a.dll'], []],
    ['has only dependencies', ['a.nuspec'], []],
  ])('%s', (_what, names, frameworks) => {
    expect(supportedFrameworks(names, [])).toEqual(frameworks);
  });

  it('is for what its framework assemblies are for, too', () => {
    expect(supportedFrameworks(['lib/net45/a.dll'], ['net40'])).toEqual(['net40', 'net45']);
    expect(supportedFrameworks(['lib/net45/a.dll'], ['any'])).toEqual([]);
  });

  it('is for any framework when it names more than anybody would', () => {
    const names = Array.from({ length: 100 }, (_, index) => `lib/net4${index}/a.dll`);
    expect(supportedFrameworks(names.slice(0, 60), [])).toHaveLength(60);
    expect(supportedFrameworks(names, [])).toEqual([]);
  });
});
