import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/*
 * The style guide, as far as a machine can check it. Layout is prettier's; the order of rooms is scripts/check-layers.ts.
 *
 * ESLint replaces the options of a rule when a later block names the rule again. So whatever differs by folder is built
 * from the lists below: every folder gets the whole list minus what the table `freedoms` frees it from.
 */

const through = (owner, message) => (name) => ({ name, owner, message })

/** Packages that few files may import, each with the freedom that allows it. */
const ownedModules = [
  ...['express'].map(through('web framework', 'express stays in node/http/ and node/web/.')),
  ...['pino'].map(through('log', 'Log through kernel/log.ts.')),
  ...['classic-level', 'pg'].map(through('store', 'Storage is reached through the contracts of node/stores/.')),
  ...['node-fetch', 'undici', 'http', 'https', 'http2', 'node:http', 'node:https', 'node:http2'].map(
    through('outbound', 'Calls to other machines go through kernel/outbound.ts.'),
  ),
  ...['crypto', 'node:crypto'].map((name) => ({
    ...through('random module', 'Randomness comes from kernel/random.ts.')(name),
    importNames: ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'webcrypto', 'default'],
  })),
]

/** The client half of the HTTP modules: what a file that serves HTTP may not take from them. */
const httpClientNames = ['request', 'get', 'Agent', 'globalAgent', 'ClientRequest', 'default']

const time = 'Time comes from a Clock (kernel/clock.ts).'
const random = 'Randomness comes from kernel/random.ts.'
const bannedSyntax = [
  ['clock', "CallExpression[callee.object.name='Date'][callee.property.name='now']", time],
  ['clock', "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']", time],
  ['random', "MemberExpression[object.name='Math'][property.name='random']", random],
  ['random', "MemberExpression[object.name='crypto'][property.name=/^(randomUUID|getRandomValues)$/]", random],
  [
    'environment',
    "MemberExpression[object.name='process'][property.name='env'], " +
      "VariableDeclarator[init.name='process'] Property[key.name='env'], ImportSpecifier[imported.name='env']",
    'node/config.ts reads the environment.',
  ],
  [
    'finally',
    "UnaryExpression[operator='void'] > CallExpression[callee.property.name='finally']" +
      ":not([callee.object.callee.property.name='catch']):not([callee.object.arguments.length=2])",
    // Without void the typed rule no-floating-promises says so.
    'What finally gives fails when its promise does, and nobody hears of it: put catch in front.',
  ],
  ['names', "ExportDefaultDeclaration, ExportSpecifier[exported.name='default']", 'Named exports only.'],
  ['sync', "Property[key.name='sync'][value.value=false]", 'Writes are synced: no answer runs ahead of the disk.'],
  [
    'mock',
    "CallExpression[callee.object.name='jest'][callee.property.name=/^(mock|doMock|unstable_mockModule)$/]",
    'Doubles are the in-memory implementations, not mocks.',
  ],
  ...ownedModules
    .filter(({ importNames }) => importNames === undefined)
    .map(({ name, owner, message }) => [owner, `ImportExpression[source.value='${name}']`, message]),
]

/** Who may do what no other file may. Of several rows that match a file the last one counts. */
const freedoms = [
  [['node/kernel/clock.ts'], ['clock']],
  [['node/kernel/random.ts'], ['random', 'random module']],
  [['node/kernel/log.ts'], ['log']],
  [
    ['node/kernel/outbound.ts', 'node/kernel/outbound-exchange.ts'],
    ['outbound', 'fetch'],
  ],
  [['node/stores/**'], ['store']],
  [
    ['node/http/**', 'node/web/**'],
    ['web framework', 'serving'],
  ],
  [['node/config.ts'], ['environment']],
  [['node/main.ts'], ['environment', 'console']],
  [['node/cli/**'], ['console', 'fetch']],
  [['registry-client/**'], ['fetch']],
  [['registry-client/clock.ts'], ['clock', 'random']],
  [['scripts/**'], ['console', 'fetch', 'outbound']],
  [['scripts/bench/**'], ['console', 'fetch', 'outbound', 'clock', 'store', 'environment']],
  [['test/**'], ['fetch', 'outbound', 'environment', 'store', 'random module']],
  [['*.config.mjs', 'scripts/test-totals.mjs', 'test/support/build-node.mjs'], ['names']], // What loads them wants a default export.
]

/** The rules that differ by folder. */
function folderRules(free) {
  const paths = ownedModules
    .filter(({ owner }) => !free.includes(owner))
    .map(({ owner, ...path }) =>
      owner === 'outbound' && /https?2?$/.test(path.name) && free.includes('serving')
        ? { ...path, importNames: httpClientNames }
        : path,
    )
  const syntax = bannedSyntax
    .filter(([owner]) => !free.includes(owner))
    .map(([, selector, message]) => ({ selector, message }))
  return {
    'no-console': free.includes('console') ? 'off' : 'error',
    'no-restricted-globals': free.includes('fetch')
      ? 'off'
      : ['error', { name: 'fetch', message: 'Calls to other machines go through kernel/outbound.ts.' }],
    'no-restricted-imports': ['error', { paths }],
    'no-restricted-syntax': ['error', ...syntax],
  }
}

/** A cast stands in a `parse` function, or a comment at its statement says why it cannot lie. */
const castSaysWhy = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { silent: 'A cast outside a parse function needs a comment that says why.' },
  },
  create: (context) => ({
    'TSAsExpression:not([typeAnnotation.typeName.name="const"]):not([typeAnnotation.type="TSUnknownKeyword"])'(node) {
      const parents = context.sourceCode.getAncestors(node).reverse()
      if (parents.some(({ id, key }) => /^parse/.test(id?.name ?? key?.name ?? ''))) return
      const statement = parents.find(({ type }) => /Statement$|Declaration$|Definition$|^Property$/.test(type)) ?? node
      const isBeside = ({ loc }) => loc.end.line >= statement.loc.start.line - 1 && loc.start.line <= node.loc.end.line
      if (!context.sourceCode.getAllComments().some(isBeside)) context.report({ node, messageId: 'silent' })
    },
  }),
}

const plainRules = {
  'default-case-last': 'error',
  eqeqeq: 'error',
  'no-implicit-coercion': 'error',
  'no-param-reassign': 'error',
  'no-unused-vars': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
}

/** On top of `strictTypeChecked`. What is switched off has its reason. */
const typedRules = {
  'bronnet/cast-says-why': 'error',
  'max-lines': ['error', { max: 300 }],
  'no-unused-vars': 'off', // The typed rule below replaces it.
  '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
  '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  // Spreading a text into characters is meant here: the texts are identifiers and encodings.
  '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }] }],
  // A number in a text is plain; anything else still needs String() or a member.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  // `() => log.info(…)` is the usual form of a callback.
  '@typescript-eslint/no-confusing-void-expression': 'off',
  // An async function without await gives a rejected promise where a contract promises one.
  '@typescript-eslint/require-await': 'off',
  // The compiler refuses enums here (erasableSyntaxOnly), and these rules take a fifth of the time.
  '@typescript-eslint/no-unsafe-enum-assignment': 'off',
  '@typescript-eslint/no-unsafe-enum-comparison': 'off',
  // Does not see that a closure or an await changed a variable, and calls the check of it unnecessary.
  '@typescript-eslint/no-unnecessary-condition': 'off',
}

/** In tests these speak about matchers and doubles, not about the code. */
const noiseInTests = [
  'bronnet/cast-says-why',
  '@typescript-eslint/no-base-to-string',
  '@typescript-eslint/no-misused-spread',
  '@typescript-eslint/no-unnecessary-type-assertion',
  '@typescript-eslint/no-unsafe-argument',
  '@typescript-eslint/no-unsafe-assignment',
  '@typescript-eslint/no-unsafe-class-instance-assignment',
  '@typescript-eslint/no-unsafe-member-access',
  '@typescript-eslint/no-unsafe-return',
  '@typescript-eslint/restrict-plus-operands',
  '@typescript-eslint/restrict-template-expressions',
  '@typescript-eslint/unbound-method',
]

export default defineConfig(
  { ignores: ['dist/', 'types/', 'coverage/', 'data/', '.demo/', 'bronnet-node/'] },
  {
    files: ['**/*.ts', '**/*.mjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    rules: { ...plainRules, ...folderRules([]) },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { bronnet: { rules: { 'cast-says-why': castSaysWhy } } },
    rules: typedRules,
  },
  ...freedoms.map(([files, free]) => ({ files, rules: folderRules(free) })),
  { files: ['test/**/*.ts'], rules: Object.fromEntries(noiseInTests.map((rule) => [rule, 'off'])) },
)
