// Which folder may import what: the map of AGENTS.md as rules. They go by path, for a rule that goes by kind of
// dependency ("npm", "core") does not see type-only imports. test/architecture/imports.spec.ts proves that they bite.

const { builtinModules } = require('node:module');

const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`;
const builtins = (...names) => `^(node:)?(${names.join('|')})(/|$)`;

/** Every library of a vendor and the one place of src that may know it. */
const vendors = [
  { library: '@eventstore/db-client', home: '^src/platform/ledger/event-store-connection\\.ts$' },
  { library: '@photostructure/sqlite', home: '^src/platform/sqlite\\.ts$' },
  { library: '@electric-sql/pglite', home: '^src/platform/database/' },
  { library: 'pg', home: '^src/platform/database/' },
  { library: '@bufbuild/cel', home: '^src/platform/cel-conditions\\.ts$' },
  { library: '@bufbuild/re2', home: '^src/platform/cel-conditions\\.ts$' },
  { library: 'jose', home: '^src/platform/jose-jwt-verifier\\.ts$' },
  { library: '@node-rs/argon2', home: '^src/platform/vault/argon2-passwords\\.ts$' },
  { library: '@aws-sdk/client-kms', home: '^src/platform/vault/keys/aws-kms-key-provider\\.ts$' },
  { library: 'undici', home: '^src/platform/guarded-fetch/guarded-clients\\.ts$' },
  { library: 'ipaddr.js', home: '^src/platform/guarded-fetch/public-address\\.ts$' },
  { library: 'oauth4webapi', home: '^src/platform/downstream/' },
  { library: 'openid-client', home: '^src/platform/upstream/openid-sign-in\\.ts$' },
  { library: 'bullmq', home: '^src/platform/jobs/' },
  { library: 'ioredis', home: '^src/platform/jobs/' },
  { library: 'pino', home: '^src/start\\.ts$' },
  { library: '@simplewebauthn/server', home: '^src/platform/factors/simplewebauthn-passkeys\\.ts$' },
  { library: 'otplib', home: '^src/platform/factors/otplib-one-time-codes\\.ts$' },
  { library: 'uqr', home: '^src/platform/factors/otplib-one-time-codes\\.ts$' },
  { library: 'prom-client', home: '^src/platform/metrics/prom-metrics\\.ts$' },
];

/** A layer may import the paths that `may` lists and nothing else, be it a file, a package or a part of Node. */
const layer = (name, comment, from, may) => ({
  name, comment, severity: 'error', from: { path: from }, to: { pathNot: may },
});

module.exports = {
  forbidden: [
    layer('domain-imports-only-domain', 'The domain is arithmetic on events: it runs without npm, Node, a clock or a disk.',
      '^src/domain/', ['^src/domain/']),
    layer('commands-import-domain', 'A use case knows the domain, its ports and the command bus.',
      '^src/commands/', ['^src/(domain|commands)/', packages('@nestjs/common', '@nestjs/cqrs')]),
    layer('projections-import-domain', 'A read model folds events into rows. It never commands, and nothing decides on it.',
      '^src/projections/', ['^src/(domain|projections)/', packages('@nestjs/[^/]+', 'typeorm')]),
    layer('api-imports-commands-and-queries', 'HTTP reaches state through commands and query classes only.',
      '^src/api/', [
        '^src/(domain|commands|api)/', '^src/projections/.+\\.queries\\.ts$', '^src/projections/(projection-status|read-database)\\.ts$',
        packages('@nestjs/[^/]+', 'fastify', '@fastify/[^/]+', 'zod', 'cookie', 'rxjs'),
        builtins('http', 'querystring', 'url', 'stream'),
      ]),
    layer('platform-implements-ports', 'An adapter knows the port it implements and its vendor, never a use case.',
      '^src/platform/', [
        '^src/(domain|platform)/', '^src/projections/read-database\\.ts$', '(^|/)node_modules/', builtins(...builtinModules, 'sqlite'),
      ]),
    layer('sdk-stands-alone', 'The package for MCP servers is published by itself.',
      '^sdk/mcp/src/', ['^sdk/mcp/src/', packages('jose'), builtins('http', 'stream')]),
    {
      name: 'sample-knows-only-the-sdk', severity: 'error',
      comment: 'The sample is what somebody else would write: it sees the hub over HTTP.',
      from: { path: '^sample/' }, to: { path: '^(src|test)/' },
    },
    {
      name: 'nobody-imports-the-roots', severity: 'error',
      comment: 'Entry points and root modules put the parts together; a part that knows them is no part.',
      from: { path: '^src/[^/]+/' }, to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'src-never-imports-test', severity: 'error', comment: 'What ships does not depend on how it is tested.',
      from: { path: '^(src|sdk|sample)/' }, to: { path: '^(test|bench|tour)/' },
    },
    {
      name: 'no-cycles', severity: 'error', comment: 'Two files that need each other are one file or three.',
      from: {}, to: { circular: true },
    },
    {
      name: 'resolvable', severity: 'error', comment: 'An import that can\'t be found can\'t be judged by the other rules.',
      // node:sqlite came with Node 22.5; where it is missing it is not imported.
      from: {}, to: { couldNotResolve: true, pathNot: '^node:sqlite$' },
    },
    {
      name: 'only-commands-and-api-know-the-bus', severity: 'error',
      comment: 'Reads are injected query classes, and events go through the ledger.',
      from: { path: '^src/', pathNot: '^src/(commands|api)/|^src/[^/]+\\.ts$' }, to: { path: packages('@nestjs/cqrs') },
    },
    ...vendors.map(({ library, home }) => ({
      name: `one-home-of-${library}`, severity: 'error', comment: `Only ${home} knows ${library}, so that it can be exchanged there.`,
      from: { path: '^src/', pathNot: home }, to: { path: packages(library.replace('.', '\\.')) },
    })),
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    // Type-only imports vanish in the compiled output, but what a layer knows by type it knows.
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
