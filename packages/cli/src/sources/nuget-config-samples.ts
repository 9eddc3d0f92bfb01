/** For tests: files as teams have them, with other hosts. */

const config = (...sections: readonly string[]): string =>
  `<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n${sections.join('\n')}\n</configuration>\n`;

/** What a client writes on its first start, with a byte order mark. */
export const firstStart = `\uFEFF${config(`  <packageSources>
    <add key="packages.example" value="https://packages.example/v3/index.json" protocolVersion="3" />
  </packageSources>`)}`;

/** Two versions of the protocol, one of them said and one not, and one that is disabled. */
export const twoProtocols = config(
  `  <packageSources>
    <clear />
    <add key="Gallery" value="https://packages.example/api/v2" />
    <add key="Gallery v3" value="https://packages.example/v3/index.json" />
    <add key="Odd one" value="https://odd.example/nuget" protocolVersion="3" />
  </packageSources>`,
  `  <disabledPackageSources>
    <add key="gallery" value="true" />
    <add key="Odd one" value="false" />
  </disabledPackageSources>
  <config><add key="globalPackagesFolder" value="packages" /></config>
  <packageRestore><add key="enabled" value="True" /></packageRestore>`,
);

/** A private feed of a hosting service, its token in the environment of the build. */
export const tokenInEnvironment = config(
  `  <packageSources>
    <add key="contoso-feed" value="https://pkgs.contoso.example/%ORG%/_packaging/main/nuget/v3/index.json" />
  </packageSources>`,
  `  <packageSourceCredentials>
    <contoso-feed>
      <add key="Username" value="az" />
      <add key="ClearTextPassword" value="%FEED_TOKEN%" />
      <add key="ValidAuthenticationTypes" value="basic" />
    </contoso-feed>
  </packageSourceCredentials>`,
);

/** Names with spaces and digits, as clients encode them in names of elements. */
export const encodedNames = config(
  `  <packageSources>
    <add key="Contoso Internal Feed" value="https://nuget.contoso.example/v3/index.json" />
    <add key="3rd &amp; party (&#252;ber)" value="https://third.example/v3/index.json" />
  </packageSources>`,
  `  <packageSourceCredentials>
    <Contoso_x0020_Internal_x0020_Feed>
      <add key="Username" value="build" />
      <add key="ClearTextPassword" value="p&lt;a&gt;s&amp;s &quot;w&quot;" />
    </Contoso_x0020_Internal_x0020_Feed>
    <_x0033_rd_x0020__x0026__x0020_party_x0020__x0028_über_x0029_>
      <add key="Username" value="other" />
      <add key="ClearTextPassword" value="second" />
    </_x0033_rd_x0020__x0026__x0020_party_x0020__x0028_über_x0029_>
  </packageSourceCredentials>`,
);

/** Written by \`sources add\` on Windows: encrypted for the user who did it. */
export const encryptedPassword = config(
  `  <packageSources>
    <add key="Vault" value="https://vault.example/v3/index.json" />
    <add key="Open" value="https://open.example/v3/index.json" />
  </packageSources>`,
  `  <packageSourceCredentials>
    <Vault>
      <add key="Username" value="CONTOSO\\ci" />
      <add key="Password" value="AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAAl6K7HVcHkUGJ3c3Z" />
    </Vault>
  </packageSourceCredentials>`,
  '  <apikeys><add key="https://vault.example/v3/index.json" value="AQAAANCMnd8BFdERjHoAwE" /></apikeys>',
);

/** Who may bring which package. */
export const mapped = config(
  `  <packageSources>
    <add key="public" value="https://packages.example/v3/index.json" />
    <add key="contoso" value="https://nuget.contoso.example/v3/index.json" />
    <add key="tools" value="https://tools.example/v3/index.json" />
    <add key="forgotten" value="https://forgotten.example/v3/index.json" />
  </packageSources>`,
  `  <packageSourceMapping>
    <packageSource key="public">
      <package pattern="*" />
      <package pattern="Contoso.Open.Json" />
    </packageSource>
    <packageSource key="contoso">
      <package pattern="Contoso.*" />
      <package pattern="Contoso.Core.*" />
      <package pattern="NetFX" />
    </packageSource>
    <packageSource key="tools"><package pattern="Tools.*" /></packageSource>
  </packageSourceMapping>`,
);

/** Folders, shares and relative paths beside URLs, and a password in a URL. */
export const folders = config(`  <packageSources>
    <add key="local" value="./packages" />
    <add key="share" value="\\\\server\\share\\packages" />
    <add key="drive" value="C:\\packages" />
    <add key="file" value="file:///srv/packages" />
    <add key="inUrl" value="http://me:s%40cret@nuget.inside.example:8081/repository/nuget-hosted/" allowInsecureConnections="true" />
  </packageSources>`);

/** Case does not count, later entries win, and comments say nothing. */
export const oddlyWritten = `<configuration>
  <!-- <packageSources><add key="comment" value="https://comment.example/" /></packageSources> -->
  <PackageSources>
    <add key="first" value="https://first.example/v3/index.json" />
    <Add Key="FIRST" Value="https://changed.example/v3/index.json"/>
    <add key="gone" value="https://gone.example/" />
    <remove key="gone" />
    <add value="https://nameless.example/" />
  </PackageSources>
  <packageSources>
    <add key="second" value="https://second.example/api/v2/"></add>
  </packageSources>
</configuration>`;

/** Nothing but a section for others. */
export const noSources = config('  <trustedSigners />');
