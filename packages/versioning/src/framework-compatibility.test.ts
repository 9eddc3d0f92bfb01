import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isFrameworkCompatible } from './index.ts';

describe('a project of one framework', () => {
  // Source: NuGet.Frameworks, CompatibilityTests; .NET documentation, ".NET implementation support".
  it.each([
    ['net45', ['net20', 'net40', 'net40-client', 'net45', 'any', '', 'netstandard1.1', 'portable-net45+win8']],
    ['net40', ['net35', 'net11', 'portable-net40+sl5+win8']],
    ['.NETFramework,Version=v4.6.1', ['net461', 'netstandard2.0', 'netstandard1.6']],
    ['net472', ['net462', 'net47', 'net472', 'netstandard2.0']],
    ['netcoreapp2.1', ['netcoreapp2.0', 'netstandard2.0', 'net472']],
    ['net8.0', ['net5.0', 'net8.0', 'netcoreapp3.1', 'netstandard2.1', 'net48', 'net8.0-windows7.0']],
    ['net10.0', ['net8.0', 'net9.0']],
    ['netstandard2.0', ['netstandard1.3', 'netstandard2.0', 'net461']],
    ['sl5', ['sl4', 'sl5', 'portable-net45+sl5+win8']],
    ['wp8', ['wp7', 'wp71', 'wp8', 'sl4-wp71', 'netstandard1.0', 'portable-net45+wp8']],
    ['win81', ['win8', 'netcore45', 'netcore451', 'netstandard1.2']],
    ['.NETCore,Version=v4.5.1', ['win8', 'win81']],
    ['wpa81', ['wpa81', 'netstandard1.2', 'portable-win81+wpa81']],
    ['uap10.0.16299', ['uap10.0', 'win81', 'wpa81', 'netstandard2.0']],
  ])('%s takes what is for %j', (project, supported) => {
    for (const each of supported) expect([each, isFrameworkCompatible(project, each)]).toEqual([each, true]);
  });

  it.each([
    ['net40', ['net45', 'net403', 'netstandard1.0', 'portable-net45+win8', 'netcoreapp1.0', 'sl4', 'wp8', 'win8']],
    ['net45', ['net46', 'net451', 'netstandard1.2', 'net5.0', 'monoandroid10', 'xamarinios10', 'native', 'uap10.0']],
    ['net461', ['netstandard2.1', 'net472', 'net8.0']],
    ['netcoreapp2.1', ['netcoreapp3.0', 'netstandard2.1', 'net6.0', 'wp8', 'portable-sl5+win8']],
    ['net8.0', ['net9.0', 'net10.0', 'tizen40']],
    ['net9.0', ['net10.0']],
    ['netstandard2.0', ['netstandard2.1', 'netcoreapp2.0']],
    ['sl4', ['sl5', 'net40', 'portable-net45+sl5+win8', 'netstandard1.0']],
    ['wp71', ['wp8', 'netstandard1.0', 'net20']],
    ['win8', ['win81', 'netcore451', 'netstandard1.2']],
    ['uap10.0', ['uap10.0.16299', 'netstandard2.1', 'net45']],
  ])('%s takes nothing that is for one of %j alone', (project, supported) => {
    for (const each of supported) expect([each, isFrameworkCompatible(project, each)]).toEqual([each, false]);
  });

  it.each([
    'portable-net45+win8',
    'monoandroid10',
    'xamarinios10',
    'native',
    'net35-cf',
    'dotnet54',
    'constructor',
    '',
  ])('whose rules are not known takes everything: %s', (project) => {
    for (const supported of ['net20', 'net48', 'netstandard2.1', 'net9.0', 'wp8', 'native']) {
      expect(isFrameworkCompatible(project, supported)).toBe(true);
    }
  });

  it.each(['dotnet54', 'dnxcore50', 'aspnet50', 'winrt45', 'net35-cf', 'constructor', 'portable-', 'Any'])(
    'takes what is for a framework whose rules are not known: %s',
    (supported) => {
      for (const project of ['net20', 'net8.0', 'netstandard2.0', 'wp8']) {
        expect(isFrameworkCompatible(project, supported)).toBe(true);
      }
    },
  );

  it('takes what is for itself, however that is written', () => {
    const name = fc.constantFrom(
      'net',
      'netcoreapp',
      'netstandard',
      'sl',
      'wp',
      'win',
      'wpa',
      'uap',
      'monoandroid',
      'x',
    );
    const framework = fc
      .tuple(name, fc.stringMatching(/^\d{0,3}(\.\d{1,2}){0,3}(-[a-z]{1,4})?$/))
      .map((parts) => parts.join(''));
    fc.assert(fc.property(framework, (text) => isFrameworkCompatible(text, text)));
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => typeof isFrameworkCompatible(one, other) === 'boolean'),
    );
  });
});
