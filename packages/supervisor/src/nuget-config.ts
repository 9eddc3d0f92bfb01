/**
 * A `nuget.config` with this fleet as its source, for `dotnet restore --configfile`.
 *
 * Source: Microsoft, "nuget.config reference", packageSources, `allowInsecureConnections`.
 */

/** @param v3Index - URL of the feed's service index. */
export function renderNugetConfig(v3Index: string): string {
  const insecure = v3Index.startsWith('http://') ? ' allowInsecureConnections="true"' : '';
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<configuration>',
    '  <packageSources>',
    '    <clear />',
    `    <add key="feedfleet" value="${escapeAttribute(v3Index)}" protocolVersion="3"${insecure} />`,
    '  </packageSources>',
    '</configuration>',
    '',
  ].join('\n');
}

function escapeAttribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
