/**
 * The service document and `$metadata`: what clients read to learn what a v2 feed can do.
 *
 * Source: RFC 5023, section 8; OData 2.0, "CSDL". NuGet 2.x looks for the container whose first entity set is `Packages`,
 * for its function imports and for the property `IsAbsoluteLatestVersion`.
 */
import { XML_DECLARATION, documentAnswer } from './atom-document.ts';
import type { BytesAnswer } from '@feedfleet/feed-endpoint';
import { escapeXml } from '@feedfleet/xml-text';

const XML = 'application/xml;charset=utf-8';

/** Not kept: everybody may read it, and an ETag would tell when the feed changes. */
export function serviceDocument(baseUrl: string): BytesAnswer {
  const document = documentAnswer(
    XML,
    `${XML_DECLARATION}<service xml:base="${escapeXml(baseUrl)}/" xmlns="http://www.w3.org/2007/app" ` +
      'xmlns:atom="http://www.w3.org/2005/Atom"><workspace><atom:title type="text">Default</atom:title>' +
      '<collection href="Packages"><atom:title type="text">Packages</atom:title></collection></workspace></service>',
  );
  return { ...document, keep: 'none' };
}

/** Type, and whether it may be null, of each property of an entry. */
const PROPERTIES: readonly (readonly [name: string, type: string, nullable: boolean])[] = [
  ['Id', 'String', false],
  ['Version', 'String', false],
  ['NormalizedVersion', 'String', true],
  ['Title', 'String', true],
  ['Authors', 'String', true],
  ['Copyright', 'String', true],
  ['Dependencies', 'String', true],
  ['Description', 'String', true],
  ['GalleryDetailsUrl', 'String', true],
  ['IconUrl', 'String', true],
  ['Language', 'String', true],
  ['LicenseNames', 'String', true],
  ['LicenseReportUrl', 'String', true],
  ['LicenseUrl', 'String', true],
  ['MinClientVersion', 'String', true],
  ['ProjectUrl', 'String', true],
  ['ReleaseNotes', 'String', true],
  ['ReportAbuseUrl', 'String', true],
  ['Summary', 'String', true],
  ['Tags', 'String', true],
  ['DevelopmentDependency', 'Boolean', false],
  ['IsPrerelease', 'Boolean', false],
  ['RequireLicenseAcceptance', 'Boolean', false],
  ['IsLatestVersion', 'Boolean', false],
  ['IsAbsoluteLatestVersion', 'Boolean', false],
  ['Listed', 'Boolean', false],
  ['DownloadCount', 'Int32', false],
  ['VersionDownloadCount', 'Int32', false],
  ['Published', 'DateTime', false],
  ['LastUpdated', 'DateTime', false],
  ['LastEdited', 'DateTime', true],
  ['Created', 'DateTime', false],
  ['PackageHash', 'String', true],
  ['PackageHashAlgorithm', 'String', true],
  ['PackageSize', 'Int64', false],
];

const FUNCTIONS: Readonly<Record<string, readonly (readonly [name: string, type: string])[]>> = {
  Search: [
    ['searchTerm', 'String'],
    ['targetFramework', 'String'],
    ['includePrerelease', 'Boolean'],
    ['semVerLevel', 'String'],
  ],
  FindPackagesById: [
    ['id', 'String'],
    ['semVerLevel', 'String'],
  ],
  GetUpdates: [
    ['packageIds', 'String'],
    ['versions', 'String'],
    ['includePrerelease', 'Boolean'],
    ['includeAllVersions', 'Boolean'],
    ['targetFrameworks', 'String'],
    ['versionConstraints', 'String'],
    ['semVerLevel', 'String'],
  ],
};

const MAPPED: Readonly<Record<string, string>> = {
  Id: ' m:FC_TargetPath="SyndicationTitle" m:FC_ContentKind="text" m:FC_KeepInContent="true"',
  Authors: ' m:FC_TargetPath="SyndicationAuthorName" m:FC_ContentKind="text" m:FC_KeepInContent="true"',
  LastUpdated: ' m:FC_TargetPath="SyndicationUpdated" m:FC_ContentKind="text" m:FC_KeepInContent="true"',
  Summary: ' m:FC_TargetPath="SyndicationSummary" m:FC_ContentKind="text" m:FC_KeepInContent="true"',
};

export function metadataDocument(): BytesAnswer {
  return documentAnswer(
    XML,
    `${XML_DECLARATION}<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">` +
      '<edmx:DataServices m:DataServiceVersion="2.0" ' +
      'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">' +
      '<Schema Namespace="Feedfleet" xmlns="http://schemas.microsoft.com/ado/2006/04/edm">' +
      `<EntityType Name="V2FeedPackage" m:HasStream="true">${entityType()}</EntityType>` +
      `<EntityContainer Name="V2FeedContext" m:IsDefaultEntityContainer="true">${container()}</EntityContainer>` +
      '</Schema></edmx:DataServices></edmx:Edmx>',
  );
}

function entityType(): string {
  const key = '<Key><PropertyRef Name="Id"/><PropertyRef Name="Version"/></Key>';
  const properties = PROPERTIES.map(
    ([name, type, nullable]) =>
      `<Property Name="${name}" Type="Edm.${type}" Nullable="${nullable}"${MAPPED[name] ?? ''}/>`,
  );
  return key + properties.join('');
}

function container(): string {
  const functions = Object.entries(FUNCTIONS).map(([name, parameters]) => {
    const inputs = parameters.map(([parameter, type]) => `<Parameter Name="${parameter}" Type="Edm.${type}"/>`);
    const returns = 'EntitySet="Packages" ReturnType="Collection(Feedfleet.V2FeedPackage)" m:HttpMethod="GET"';
    return `<FunctionImport Name="${name}" ${returns}>${inputs.join('')}</FunctionImport>`;
  });
  return `<EntitySet Name="Packages" EntityType="Feedfleet.V2FeedPackage"/>${functions.join('')}`;
}
