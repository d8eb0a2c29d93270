import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { lintOpenApi, type Finding } from '../support/api-design-rules.js'
import { readOpenApiDocuments, type OpenApiDocuments } from '../support/openapi-documents.js'

/** A rule that does not hold at some paths, as docs/interfaces.md says it. */
interface Exception {
  readonly rule: string
  readonly path: string
  readonly why: string
}

const heading = '## Exceptions to the NL API Design Rules'
const section = readFileSync('docs/interfaces.md', 'utf8').split(heading)[1]?.split('\n## ')[0] ?? ''
/** A row per rule; a path stands for all that begin with it, `document` for what is about no path. */
const exceptions: readonly Exception[] = Array.from(
  section.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \|$/gm),
  ([, rule = '', paths = '', why = '']) =>
    Array.from(paths.matchAll(/`([^`]+)`|(the document)/g), ([, path]) => ({ rule, path: path ?? '', why })),
).flat()

const covers = ({ rule, path }: Exception, found: Finding): boolean =>
  rule === found.rule && (path === '' ? found.path === '' : found.path.startsWith(path))

let documents: OpenApiDocuments
let findings: readonly Finding[]
beforeAll(async () => {
  documents = await readOpenApiDocuments({
    url: 'https://node.voorbeeld.example',
    contact: { name: 'Beheer', email: 'beheer@voorbeeld.example', url: 'https://voorbeeld.example' },
  })
  findings = [...(await lintOpenApi(documents.public)), ...(await lintOpenApi(documents.internal))]
}, 60_000)

describe('the OpenAPI documents under the NL API Design Rules', () => {
  test('break no rule, but where docs/interfaces.md says why', () => {
    const broken = findings.filter((found) => !exceptions.some((exception) => covers(exception, found)))
    expect(broken).toEqual([])
  })

  test('need every exception that docs/interfaces.md lists', () => {
    const unused = exceptions.filter((exception) => !findings.some((found) => covers(exception, found)))
    expect(exceptions.length).toBeGreaterThan(0)
    expect(unused).toEqual([])
  })

  test('have no exception for paths of our own', () => {
    expect(exceptions.filter(({ path }) => path.startsWith('/internal/bronnet'))).toEqual([])
  })

  test.each<[string, (document: Draft) => void, string]>([
    [
      'a path in camelCase',
      ({ paths }) => (paths['/ownThings'] = paths['/health/live'] ?? {}),
      'nlgov:paths-kebab-case',
    ],
    [
      'a path that ends in a slash',
      ({ paths }) => (paths['/own/'] = paths['/health/live'] ?? {}),
      'nlgov:paths-no-trailing-slash',
    ],
    ['no contact', ({ info }) => delete info['contact'], 'nlgov:info-contact-fields-exist'],
    ['a version that is none', ({ info }) => (info['version'] = '1'), 'nlgov:semver'],
    ['plain http', ({ servers }) => servers.push({ url: 'http://voorbeeld.example/v1' }), 'nlgov:servers-use-https'],
    ['an answer without its version', ({ paths }) => delete answerOf(paths)['headers'], 'nlgov:missing-header'],
    [
      'an error that is no problem',
      ({ paths }) => (refusalOf(paths)['content'] = { 'text/plain': {} }),
      'nlgov:use-problem-schema',
    ],
    ['no answer to invalid input', ({ paths }) => delete responsesOf(paths)['400'], 'nlgov:problem-invalid-input'],
    [
      'a query parameter in snake_case',
      ({ paths }) => (operationOf(paths)['parameters'] = [{ name: 'a_b', in: 'query', schema: {} }]),
      'nlgov:query-keys-camel-case',
    ],
  ])('would not go by %s', async (_, spoil, rule) => {
    const whole = documents.internal as unknown as Draft
    const draft = structuredClone({ ...whole, paths: { '/health/live': whole.paths['/health/live'] } }) as Draft
    const rulesOf = async () => (await lintOpenApi(draft as never)).map((found) => found.rule)
    expect(await rulesOf()).not.toContain(rule)
    spoil(draft)
    expect(await rulesOf()).toContain(rule)
  })
})

type Anything = Record<string, unknown>

/** A document that a test spoils. */
interface Draft {
  readonly info: Anything
  readonly servers: Anything[]
  readonly paths: Record<string, Anything>
}

const operationOf = (paths: Draft['paths']): Anything => paths['/health/live']?.['get'] as Anything
const responsesOf = (paths: Draft['paths']): Anything => operationOf(paths)['responses'] as Anything
const answerOf = (paths: Draft['paths']): Anything => responsesOf(paths)['200'] as Anything
const refusalOf = (paths: Draft['paths']): Anything => responsesOf(paths)['500'] as Anything
