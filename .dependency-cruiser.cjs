/** The direction of imports: processes -> packages -> shared. Each third-party library of weight lies behind one folder. */
const processes = '^(balancer|endpoints/[^/]+|packages/(registry|status|supervisor|cli))/';
const only = (library, folders) => ({
  name: `${library}-behind-one-folder`,
  severity: 'error',
  from: { pathNot: [...folders, '^tests/', '\\.test\\.ts$'] },
  to: { path: `node_modules/${library}/` },
});
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'shared-imports-only-shared',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(packages|balancer|endpoints|infra|tests)/' },
    },
    {
      name: 'nothing-imports-a-process',
      severity: 'error',
      from: { path: '^(balancer|(?:shared|packages|endpoints)/[^/]+)/' },
      to: { path: processes, pathNot: '^$1/' },
    },
    {
      name: 'packages-do-not-import-processes',
      severity: 'error',
      from: { path: '^packages/(?!(?:registry|status|supervisor|cli)/)' },
      to: { path: processes },
    },
    {
      name: 'no-family-imports-another',
      severity: 'error',
      from: { path: '^endpoints/([^/]+)/' },
      to: { path: '^endpoints/', pathNot: '^endpoints/$1/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(tests|infra)/|\\.test\\.ts$' },
      to: { path: '^tests/' },
    },
    {
      name: 'pure-versions',
      severity: 'error',
      from: { path: '^packages/versioning/src', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    only('http-proxy', ['^balancer/']),
    only('express', ['^shared/host/']),
    only('winston', ['^shared/host/']),
    only('prom-client', ['^shared/host/']),
    only('yauzl', ['^packages/nupkg/']),
    only('xml2js', ['^packages/nupkg/']),
    only('saxes', ['^packages/(cli|nupkg|package-sources|status-page)/']),
    only('@opentelemetry', ['^shared/host/']),
    only('commander', ['^packages/cli/']),
    only('@aws-sdk', ['^packages/blob-storage/src/s3/', '^shared/test-storage/']),
    only('@azure', ['^packages/blob-storage/src/azure/', '^shared/test-storage/']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|data)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
