import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'

const configFile = resolve('eslint.config.mjs')
const { default: config } = (await import(configFile)) as { default: Linter.Config[] }
const linter = new Linter({ configType: 'flat' })

/** The rules without types: they read the text alone, so no project has to be loaded. */
const withoutTypes: Linter.Config = {
  files: ['**/*.ts'],
  languageOptions: { parserOptions: { projectService: false } },
  rules: tseslint.configs.disableTypeChecked.rules ?? {},
}

/** The rules that a file with this text would break. */
function brokenRules(path: string, text: string): readonly (string | null)[] {
  const messages = linter.verify(text, [...config, withoutTypes], { filename: resolve(path) })
  return messages.map(({ ruleId }) => ruleId)
}

const fetching = `export const answer = fetch('https://example.nl')`
const serving = `import { createServer } from 'node:http'\nexport const server = createServer()`
const calling = `import { request } from 'node:http'\nexport const call = request('http://example.nl')`

describe('what only some files may do', () => {
  test.each([
    ['Date.now', 'export const now = Date.now()', 'node/kernel/clock.ts', 'node/tokens/token-store.ts'],
    ['new Date without a time', 'export const now = new Date()', 'node/kernel/clock.ts', 'node/tokens/token-store.ts'],
    ['the clock in a benchmark', 'export const now = Date.now()', 'scripts/bench/main.ts', 'scripts/demo/main.ts'],
    ['Math.random', 'export const chance = Math.random()', 'node/kernel/random.ts', 'test/unit/a.test.ts'],
    [
      'random bytes',
      `import { randomBytes } from 'node:crypto'\nexport const a = randomBytes(1)`,
      'node/kernel/random.ts',
      'node/kernel/secret.ts',
    ],
    ['the environment', 'export const a = process.env', 'node/main.ts', 'node/http/a.ts'],
    ['the environment by its name', 'export const { env } = process', 'node/config.ts', 'node/http/a.ts'],
    ['time', 'export const now = Date.now()', 'registry-client/clock.ts', 'registry-client/call.ts'],
    ['chance', 'export const chance = Math.random()', 'registry-client/clock.ts', 'registry-client/call.ts'],
    ['console', `console.log('a')`, 'node/cli/command.ts', 'node/http/door.ts'],
    ['fetch', fetching, 'node/kernel/outbound.ts', 'node/identity/did-web.ts'],
    ['fetch in an application', fetching, 'registry-client/client.ts', 'node/http/door.ts'],
    ['node-fetch', `import 'node-fetch'`, 'node/kernel/outbound.ts', 'node/discovery/sync.ts'],
    ['undici, late', `export const a = import('undici')`, 'node/kernel/outbound.ts', 'node/discovery/sync.ts'],
    ['a server', serving, 'node/http/listener.ts', 'node/access/serve-read.ts'],
    ['an HTTP request', calling, 'node/kernel/outbound.ts', 'node/http/listener.ts'],
    ['express', `import 'express'`, 'node/web/page.ts', 'node/tokens/token-store.ts'],
    ['pino', `import 'pino'`, 'node/kernel/log.ts', 'node/http/door.ts'],
    ['the embedded store', `import 'classic-level'`, 'node/stores/level.ts', 'node/identity/parties.ts'],
    ['a default export', 'export default 1', 'eslint.config.mjs', 'node/policy/rule.ts'],
  ])('%s', (_, text, allowed, refused) => {
    expect(brokenRules(allowed, text)).toEqual([])
    expect(brokenRules(refused, text)).toEqual([expect.stringMatching(/^no-(restricted-|console)/)])
  })
})

describe('what no file may do', () => {
  test.each([
    ['a write that is not synced', 'export const options = { sync: false }', 'export const options = { sync: true }'],
    ['a mock', `jest.mock('../a.js')`, `jest.setTimeout(1)`],
    ['any', 'export const a: any = 1', 'export const a: unknown = 1'],
    ['a non-null assertion', 'export const f = (a?: string) => a!', 'export const f = (a: string) => a'],
    ['a loose comparison', 'export const f = (a: string) => a == "b"', 'export const f = (a: string) => a === "b"'],
    [
      'a finally that nobody waits for',
      'void work().finally(() => done())',
      'void work().catch(() => report()).finally(() => done())',
    ],
    [
      'a finally behind a then that nobody waits for',
      'void work().then(() => next()).finally(() => done())',
      'void work().then(() => next(), () => report()).finally(() => done())',
    ],
    ['a default export by name', 'const a = 1\nexport { a as default }', 'const a = 1\nexport { a as b }'],
  ])('%s', (_, refused, allowed) => {
    expect(brokenRules('test/unit/a.test.ts', refused)).toHaveLength(1)
    expect(brokenRules('test/unit/a.test.ts', allowed)).toEqual([])
  })
})

describe('a cast', () => {
  const cast = (before: string) => `export function find(a: unknown): string {\n${before}  return a as string\n}`

  test('needs a comment that says why', () => {
    expect(brokenRules('node/policy/rule.ts', cast(''))).toEqual(['bronnet/cast-says-why'])
    expect(brokenRules('node/policy/rule.ts', cast('  // The schema checked it.\n'))).toEqual([])
  })

  test('needs none in a parse function, nor when it takes knowledge away', () => {
    expect(brokenRules('node/policy/rule.ts', cast('').replace('find', 'parseRule'))).toEqual([])
    expect(brokenRules('node/policy/rule.ts', `export const a = JSON.parse('1') as unknown`)).toEqual([])
    expect(brokenRules('node/policy/rule.ts', `export const a = ['b'] as const`)).toEqual([])
  })
})
