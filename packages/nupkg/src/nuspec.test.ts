import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { buildNuspec } from '../../../tests/src/support/package-builder.ts';
import type { PackageOptions } from '../../../tests/src/support/package-builder.ts';
import { isPackageId, parseNuspec } from './index.ts';
import type { PackageMetadata } from './index.ts';

const parse = (text: string): PackageMetadata => parseNuspec(Buffer.from(text));
const parsed = (options: PackageOptions): PackageMetadata => parse(buildNuspec(options));

function refusalOf(nuspec: string | Buffer): string {
  try {
    parseNuspec(Buffer.from(nuspec as string));
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'FF_INVALID_PACKAGE') return error.reasonPhrase;
    throw error;
  }
  throw new Error('it was taken');
}

const refusalOfXml = (metadataXml: string): string => refusalOf(buildNuspec({ metadataXml }));

describe('a nuspec', () => {
  it('is read whole', () => {
    const metadata = parse(`<?xml version="1.0"?>
      <package xmlns="http://schemas.microsoft.com/packaging/2012/06/nuspec.xsd">
        <metadata minClientVersion="2.12">
          <id>My.Package-Name_1</id><version>1.02.0-Beta.3+build.7</version><title>T &amp; T</title>
          <authors>Ann, Bob</authors><owners>Cid</owners><requireLicenseAcceptance>True</requireLicenseAcceptance>
          <license type="expression">MIT OR (Apache-2.0 WITH LLVM-exception)</license>
          <licenseUrl>https://aka.ms/deprecateLicenseUrl</licenseUrl><icon>images\\icon.png</icon><readme>./README.md</readme>
          <projectUrl>https://example.test/p</projectUrl><iconUrl>javascript:alert(1)</iconUrl>
          <description><![CDATA[ <b>bold</b> ]]></description><summary>S</summary><releaseNotes>first
second</releaseNotes><copyright>C</copyright><language>en-US</language><tags>one two,three; four</tags>
          <developmentDependency>true</developmentDependency>
          <repository type="git" url="https://example.test/p.git" commit="abc" />
          <packageTypes><packageType name="DotnetTool" /><packageType name="Custom.Type" version="1.0" /></packageTypes>
          <dependencies>
            <group targetFramework=".NETFramework4.5"><dependency id="A" version="1.0" exclude="Build" /></group>
            <group targetFramework="net8.0" />
            <group><dependency id="B" /><dependency id="C" version="[1.0, 2.0)" /></group>
          </dependencies>
        </metadata>
        <files><file src="a" /></files>
      </package>`);
    expect(metadata).toEqual({
      id: 'My.Package-Name_1',
      version: '1.02.0-Beta.3+build.7',
      normalizedVersion: '1.2.0-Beta.3',
      isPrerelease: true,
      isSemVer2: true,
      title: 'T & T',
      authors: 'Ann, Bob',
      owners: 'Cid',
      description: '<b>bold</b>',
      summary: 'S',
      releaseNotes: 'first\nsecond',
      copyright: 'C',
      language: 'en-US',
      tags: ['one', 'two', 'three', 'four'],
      projectUrl: 'https://example.test/p',
      iconUrl: '',
      licenseUrl: 'https://aka.ms/deprecateLicenseUrl',
      licenseExpression: 'MIT OR (Apache-2.0 WITH LLVM-exception)',
      licenseFile: null,
      iconFile: 'images/icon.png',
      readmeFile: 'README.md',
      repositoryUrl: 'https://example.test/p.git',
      repositoryType: 'git',
      repositoryCommit: 'abc',
      requireLicenseAcceptance: true,
      developmentDependency: true,
      minClientVersion: '2.12',
      packageTypes: [
        { name: 'DotnetTool', version: null },
        { name: 'Custom.Type', version: '1.0' },
      ],
      dependencyGroups: [
        { targetFramework: 'net45', dependencies: [{ id: 'A', range: '[1.0.0, )' }] },
        { targetFramework: 'net8.0', dependencies: [] },
        {
          targetFramework: null,
          dependencies: [
            { id: 'B', range: '(, )' },
            { id: 'C', range: '[1.0.0, 2.0.0)' },
          ],
        },
      ],
    });
  });

  it('of the oldest kind has a flat list of dependencies', () => {
    const metadataXml = '<dependencies><dependency id="A" version="1.0" /><dependency id="B" /></dependencies>';
    expect(parsed({ metadataXml }).dependencyGroups).toEqual([
      {
        targetFramework: null,
        dependencies: [
          { id: 'A', range: '[1.0.0, )' },
          { id: 'B', range: '(, )' },
        ],
      },
    ]);
    expect(parsed({ metadataXml: '<dependencies />' }).dependencyGroups).toEqual([]);
  });

  it('needs SemVer 2 when a dependency does', () => {
    expect(parsed({ dependencies: { '': [{ id: 'A', version: '1.0.0-a.1' }] } }).isSemVer2).toBe(true);
    expect(parsed({ dependencies: { '': [{ id: 'A', version: '1.0.0-a1' }] } }).isSemVer2).toBe(false);
  });

  it('names its license by a file', () => {
    const metadata = parsed({ metadataXml: '<license type="file">docs\\LICENSE.txt</license>' });
    expect(metadata).toMatchObject({ licenseFile: 'docs/LICENSE.txt', licenseExpression: '' });
  });

  it('names no file outside the package', () => {
    expect(parsed({ metadataXml: '<icon>../../secret</icon>' }).iconFile).toBeNull();
  });

  it.each([
    ['with a byte order mark', Buffer.from(`\ufeff${buildNuspec({ description: 'Gr\u00fc\u00dfe' })}`)],
    ['in UTF-16 with a byte order mark', Buffer.from(`\ufeff${utf16('utf-16')}`, 'utf16le')],
    ['in UTF-16 without a byte order mark', Buffer.from(utf16('utf-16'), 'utf16le')],
    ['in UTF-16, big end first', Buffer.from(`\ufeff${utf16('utf-16')}`, 'utf16le').swap16()],
    ['in ISO-8859-1', Buffer.from(utf16('iso-8859-1'), 'latin1')],
    ['in UTF-8 under the declaration of a string', Buffer.from(utf16('utf-16'))],
  ])('is read %s', (_, bytes) => {
    expect(parseNuspec(bytes).description).toBe('Gr\u00fc\u00dfe');
  });

  it.each([
    'http://schemas.microsoft.com/packaging/2010/07/nuspec.xsd',
    'http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd',
    'http://schemas.microsoft.com/packaging/2011/10/nuspec.xsd',
    'http://schemas.microsoft.com/packaging/2013/01/nuspec.xsd',
  ])('is read in the namespace %s, on the root, on the metadata or by a prefix', (namespace) => {
    const inner = '<id>A</id><version>1.0</version><authors>a</authors><description>d</description>';
    expect(parse(`<package xmlns="${namespace}"><metadata>${inner}</metadata></package>`).id).toBe('A');
    expect(parse(`<package><metadata xmlns="${namespace}">${inner}</metadata></package>`).id).toBe('A');
    const prefixed = inner.replace(/<(\/?)/g, '<$1n:');
    expect(parse(`<n:package xmlns:n="${namespace}"><n:metadata>${prefixed}</n:metadata></n:package>`).id).toBe('A');
    expect(parse(`<package><metadata>${inner}</metadata></package>`).id).toBe('A');
  });

  it('loses the characters that break other readers', () => {
    const description = 'a\u007fb\u0080c\u009fd&#x1F600;e&quot;f&#65;';
    expect(parsed({ description }).description).toBe('abcd\u{1f600}e"fA');
  });

  it('may carry names that mean something to JavaScript', () => {
    const metadata = parsed({
      metadataXml: '<constructor>x</constructor><__proto__><id>evil</id></__proto__><toString />',
    });
    expect(metadata.id).toBe('Sample');
    expect({}).not.toHaveProperty('id');
  });
});

function utf16(encoding: string): string {
  return buildNuspec({ description: 'Gr\u00fc\u00dfe' }).replace('utf-8', encoding);
}

describe('a nuspec that is refused', () => {
  it.each([
    ['no id', { id: '' }, 'The nuspec has no id'],
    ['an id with a blank', { id: 'a b' }, "The package id 'a b' is not valid"],
    ['an id that is a path', { id: '../a' }, "The package id '../a' is not valid"],
    ['an id beyond 100 characters', { id: 'a'.repeat(101) }, `The package id '${'a'.repeat(60)}...' is not valid`],
    ['an id beyond ASCII', { id: '\u00e4' }, "The package id '?' is not valid"],
    ['no version', { version: '' }, 'The nuspec has no version'],
    ['a version that was not filled in', { version: '$version$' }, "The package version '$version$' is not valid"],
    ['a version with five parts', { version: '1.2.3.4.5' }, "The package version '1.2.3.4.5' is not valid"],
    ['no authors', { authors: ' ' }, 'The nuspec has no authors'],
    ['no description', { description: '' }, 'The nuspec has no description'],
  ])('has %s', (_, options, reason) => {
    expect(refusalOf(buildNuspec(options))).toBe(reason);
  });

  it.each([
    ['<dependencies><dependency id="" /></dependencies>', "The dependency id '' is not valid"],
    ['<dependencies><dependency id="a b" /></dependencies>', "The dependency id 'a b' is not valid"],
    ['<dependencies><dependency id="A" version="1.*" /></dependencies>', /range '1\.\*' of the dependency 'A'/],
    ['<dependencies><dependency id="A" version="[2,1]" /></dependencies>', /range '\[2,1\]' of the dependency 'A'/],
    [
      '<dependencies><dependency id="A" /><dependency id="a" /></dependencies>',
      "The dependency 'a' is named twice in one group",
    ],
    ['<dependencies /><dependencies />', /more than one element 'dependencies'/],
    ['<id>Other</id>', /more than one element 'id'/],
    ['<license>MIT</license>', "The license type '' is neither expression nor file"],
    ['<license type="expression">MIT &lt;</license>', "The license expression 'MIT <' is not valid"],
    ['<packageTypes><packageType name="a b" /></packageTypes>', "The package type 'a b' is not valid"],
  ])('says %s', (xml, reason) => {
    expect(refusalOfXml(xml)).toEqual(reason instanceof RegExp ? expect.stringMatching(reason) : reason);
  });

  it.each([
    ['', /not well-formed/],
    ['hello', /not well-formed/],
    ['<package>', /not well-formed/],
    ['<package><metadata></package>', /not well-formed/],
    [`${buildNuspec()}<package />`, /not well-formed/],
    [`${buildNuspec()}tail`, /not well-formed/],
    [buildNuspec({ description: '&nbsp;' }), /not well-formed/],
    [buildNuspec({ description: 'a\u0001b' }), /not well-formed/],
    [buildNuspec({ description: 'a\ufffeb' }), /not well-formed/],
    [buildNuspec({ description: 'a]]>b' }), /not well-formed/],
    [buildNuspec({ metadataXml: '<q:foo />' }), /not well-formed/],
    [buildNuspec({ metadataXml: '<foo a="1" a="2" />' }), /not well-formed/],
    ['<nuspec><metadata /></nuspec>', /no element package\/metadata/],
    ['<package />', /no element package\/metadata/],
    [`<!DOCTYPE package [<!ENTITY a "aaaa">]>${buildNuspec()}`, /document type/],
    ['<!-- c --> <?pi?> <!doctype x><package />', /document type/],
    [`<?xml version="1.0" encoding="ebcdic"?><package />`, /unknown encoding 'ebcdic'/],
  ])('is the text %j', (text, reason) => {
    expect(refusalOf(text.replace(/^<\?xml version="1.0" encoding="utf-8"\?>/, ''))).toMatch(reason);
  });

  it('holds bytes that are no UTF-8', () => {
    expect(refusalOf(Buffer.concat([Buffer.from('<package>'), Buffer.from([0xff, 0xfe, 0xc0])]))).toMatch(
      /not valid UTF-8/,
    );
  });

  it('is refused as such, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(refusalOf(Buffer.from(bytes))).toMatch(/nuspec/i);
      }),
    );
  });

  it('takes no longer than its size, however it is nested', () => {
    const deep = `<package><metadata>${'<a>'.repeat(100_000)}`;
    expect(refusalOf(deep)).toMatch(/nests elements more than 100 deep/);
    expect(refusalOf('<!--'.repeat(100_000))).toMatch(/not well-formed/);
  });
});

describe('a package id', () => {
  it.each(['A', 'a1', '_', 'NuGet.Core', 'a-b', 'a_b.c-d', '123', 'a'.repeat(100)])('may be %s', (id) => {
    expect(isPackageId(id)).toBe(true);
  });
  it.each(['', '.a', 'a.', 'a..b', 'a-', '-a', 'a.-b', 'a/b', 'a b', 'a\n', 'a'.repeat(101)])('is not %j', (id) => {
    expect(isPackageId(id)).toBe(false);
  });
});
