// Who may import whom. Purity is a folder: what a file may do follows from where it lies.
const FLOW = ['market', 'signals', 'sizing', 'risk', 'execution', 'monitoring'];
const SHELL = '^(workflows|activities|gateways|workers|client|config|test|bench)/';
const NODE_BUILTIN = '^(node:)?(fs|net|http|https|crypto|worker_threads|child_process|os|path)$';
const NPM = ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown'];
const forbid = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid('no-cycles', {}, { circular: true }),
    // The page's scripts import by the URLs that the dashboard serves.
    forbid(
      'everything-resolves',
      { pathNot: '^client/dashboard/page/' },
      { couldNotResolve: true },
    ),
    ...FLOW.slice(0, -1).map((stage, i) =>
      forbid(
        `flow:${stage}-never-looks-downstream`,
        { path: `^domain/${stage}/` },
        { path: `^domain/(${FLOW.slice(i + 1).join('|')}|evolution)/` },
      ),
    ),
    forbid('domain-is-pure', { path: '^domain/' }, { dependencyTypes: ['core'] }),
    forbid(
      'domain-uses-allow-listed-libraries',
      { path: '^domain/' },
      { dependencyTypes: NPM, pathNot: 'node_modules/(decimal\\.js|@noble/hashes)/' },
    ),
    forbid(
      'stages-know-no-venue-physics',
      { path: `^domain/(${FLOW.join('|')})/` },
      { path: '^domain/(matching|fleet)/' },
    ),
    forbid('domain-knows-no-shell', { path: '^domain/' }, { path: SHELL }),
    forbid('kernel-knows-no-market', { path: '^domain/kernel/' }, { path: '^domain/(?!kernel/)' }),
    forbid(
      'workflows-see-interfaces-only',
      { path: '^workflows/' },
      { path: '^(activities/(?!interfaces/)|gateways/|workers/|client/|config/)' },
    ),
    forbid(
      'workflows-run-no-kernels',
      { path: '^workflows/' },
      { path: '^domain/(evolution|matching)/' },
    ),
    forbid(
      'bundle-reaches-no-node',
      { path: '^workflows/' },
      { path: NODE_BUILTIN, reachable: true },
    ),
    forbid(
      'activities-see-ports-not-gateways',
      { path: '^activities/' },
      { path: '^(gateways|workers|client|workflows|config)/' },
    ),
    forbid(
      'interfaces-are-types-over-domain',
      { path: '^activities/(interfaces|ports)/' },
      { pathNot: '^(domain/|activities/(interfaces|ports)/)' },
    ),
    forbid(
      'gateways-do-not-orchestrate',
      { path: '^gateways/' },
      { path: '^(workflows|workers|client|config|activities/(?!ports/))' },
    ),
    forbid(
      'gateways-do-not-know-each-other',
      { path: '^gateways/([^/]+)/' },
      { path: '^gateways/', pathNot: '^gateways/($1|hyperliquid/wire)/' },
    ),
    forbid(
      'paper-exchange-shares-only-the-wire',
      { path: '^gateways/paper-exchange/' },
      { path: '^gateways/hyperliquid/(?!wire/)' },
    ),
    forbid(
      'nobody-imports-the-paper-exchange',
      { path: '^(?!gateways/paper-exchange/|test/|bench/)' },
      { path: '^gateways/paper-exchange/' },
    ),
    forbid(
      'client-speaks-messages-and-reads-the-ledger',
      { path: '^client/' },
      {
        path: '^(workflows/(?!.*\\.messages\\.ts$|support/search-attributes\\.ts$)|activities/|workers/|gateways/(?!ledger/(reader|pool)\\.ts$))',
      },
    ),
    forbid(
      'config-knows-the-domain-only',
      { path: '^config/' },
      { path: '^(workflows|activities|gateways|workers|client)/' },
    ),
    forbid('nobody-imports-workers', { path: '^(?!workers/|test/|bench/)' }, { path: '^workers/' }),
    forbid('no-production-to-test', { path: '^(?!test/|bench/)' }, { path: '^(test|bench)/' }),
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // AssemblyScript: another language, which imports nothing but itself.
    exclude: { path: '^domain/evolution/kernel/assembly/' },
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
