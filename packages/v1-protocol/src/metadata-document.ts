/**
 * `$metadata` of v1.
 *
 * Source: OData 2.0, "CSDL"; NuGetGallery, V1Feed. NuGet 2.x and 3.x read from it that there is a `Search`, and,
 * from the absence of `IsAbsoluteLatestVersion`, that nothing here knows of pre-releases.
 */
import type { BytesAnswer } from '@feedfleet/feed-endpoint';
import { XML_DECLARATION, documentAnswer } from '@feedfleet/v2-protocol';
import { V1_PROPERTIES } from './v1-property.ts';

const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  Search: ['searchTerm', 'targetFramework'],
  FindPackagesById: ['id'],
};

/** Where a property stands in the entry too, outside of the properties. */
const MAPPED: Readonly<Record<string, string>> = {
  Title: 'SyndicationTitle',
  Authors: 'SyndicationAuthorName',
  LastUpdated: 'SyndicationUpdated',
  Summary: 'SyndicationSummary',
};

export function metadataDocument(): BytesAnswer {
  return documentAnswer(
    'application/xml;charset=utf-8',
    `${XML_DECLARATION}<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">` +
      '<edmx:DataServices m:DataServiceVersion="2.0" ' +
      'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">' +
      '<Schema Namespace="Feedfleet" xmlns="http://schemas.microsoft.com/ado/2006/04/edm">' +
      `<EntityType Name="V1FeedPackage" m:HasStream="true">${entityType()}</EntityType>` +
      `<EntityContainer Name="V1FeedContext" m:IsDefaultEntityContainer="true">${container()}</EntityContainer>` +
      '</Schema></edmx:DataServices></edmx:Edmx>',
  );
}

function entityType(): string {
  const key = '<Key><PropertyRef Name="Id"/><PropertyRef Name="Version"/></Key>';
  const properties = V1_PROPERTIES.map(({ name, type, isNullable }) => {
    const target = Object.hasOwn(MAPPED, name) ? MAPPED[name] : undefined;
    const mapping =
      target === undefined ? '' : ` m:FC_TargetPath="${target}" m:FC_ContentKind="text" m:FC_KeepInContent="true"`;
    return `<Property Name="${name}" Type="Edm.${type}" Nullable="${isNullable}"${mapping}/>`;
  });
  return key + properties.join('');
}

function container(): string {
  const functions = Object.entries(FUNCTIONS).map(([name, parameters]) => {
    const inputs = parameters.map((parameter) => `<Parameter Name="${parameter}" Type="Edm.String"/>`);
    const returns = 'EntitySet="Packages" ReturnType="Collection(Feedfleet.V1FeedPackage)" m:HttpMethod="GET"';
    return `<FunctionImport Name="${name}" ${returns}>${inputs.join('')}</FunctionImport>`;
  });
  return `<EntitySet Name="Packages" EntityType="Feedfleet.V1FeedPackage"/>${functions.join('')}`;
}
