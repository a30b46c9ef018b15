// The arrows of the house: schemas <- pure cores <- everything else; councils, gateway, portal and allocation stay apart.
const folder = (name) => `^services/${name}/`;

/** A rule that fails the build when a file under `from` imports a file under `to`. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    never('no-cycles', 'A cycle has no bottom to test from.', {}, { circular: true }),
    never(
      'schemas-import-zod-only',
      'Schemas are the words everyone shares; they lean on nothing but zod and each other.',
      { path: '^schemas/' },
      { pathNot: ['^schemas/', '^node_modules/zod/'] },
    ),
    never(
      'pure-cores',
      'Outcomes, statistics and disclosure are pure: schemas, themselves and libraries only, no I/O.',
      { path: '^services/(outcomes|statistics|disclosure)/' },
      { path: ['^services/', '^workflows/', '^infra/'], pathNot: ['^services/$1/'] },
    ),
    never(
      'pure-cores-no-io',
      'A pure core opens no file, socket or process.',
      { path: '^services/(outcomes|statistics|disclosure)/' },
      { path: '^(node:)?(fs|net|http|https|child_process|dgram|tls)(/|$)' },
    ),
    never(
      'workflows-deterministic',
      'Workflow code takes nothing from services at run time; types only.',
      { path: '^workflows/' },
      { path: '^(services|infra)/', dependencyTypesNot: ['type-only'] },
    ),
    never(
      'workflows-sandbox',
      'Workflow code runs in the Temporal sandbox: schemas and @temporalio/workflow only.',
      { path: '^workflows/' },
      { pathNot: ['^workflows/', '^schemas/', '^services/', '^node_modules/@temporalio/'] },
    ),
    ...['portal', 'gateway', 'council', 'allocation'].map((name) =>
      never(
        `${name}-stands-apart`,
        'portal, gateway, council and allocation never import each other.',
        { path: folder(name) },
        { path: ['portal', 'gateway', 'council', 'allocation'].filter((n) => n !== name).map(folder) },
      ),
    ),
    never(
      'command-is-the-top',
      'services/command composes the processes; nothing imports it.',
      { path: '^(schemas|services|workflows)/', pathNot: folder('command') },
      { path: folder('command') },
    ),
    never(
      'platform-is-the-bottom',
      'platform gives connections and knows no capability.',
      { path: folder('platform') },
      { path: '^services/', pathNot: folder('platform') },
    ),
    never(
      'pages-know-no-capability',
      'page gives markup, words and drawings to whoever shows something; schemas only.',
      { path: folder('page') },
      { path: '^services/', pathNot: folder('page') },
    ),
    never(
      'no-test-code-in-product',
      'The product never imports a test.',
      { path: '^(schemas|services|workflows|infra)/' },
      { path: '^(test|bench)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
