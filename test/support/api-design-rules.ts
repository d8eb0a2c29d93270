import { createRequire } from 'node:module'
import type * as Core from '@stoplight/spectral-core'
import type * as Formats from '@stoplight/spectral-formats'
import type * as Functions from '@stoplight/spectral-functions'
import type * as Rulesets from '@stoplight/spectral-rulesets'
import type { OpenApiDocument } from './openapi-contract.js'

// The linter is CommonJS whose names an import does not see.
const require = createRequire(import.meta.url)
const { Spectral } = require('@stoplight/spectral-core') as typeof Core
const { or, pattern, schema, truthy } = require('@stoplight/spectral-functions') as typeof Functions
const { oas3 } = require('@stoplight/spectral-formats') as typeof Formats
const { oas } = require('@stoplight/spectral-rulesets') as typeof Rulesets

const good = '$..[responses][?(@property && @property.match(/^[23]\\d\\d$/))]'
const refused = '$..[responses][?(@property && @property.match(/^[45]\\d\\d$/))].content'
const problemTypes = ['application/problem+json', 'application/problem+xml']
const dateName = '@property.match(/^(date|datum)$/) || @property.match(/(\\wD|_[dD])(ate|atum)$/)'
const dates = `$..properties[?(@property && (${dateName}))]`

const error = 'error'

/**
 * The technical rules of the NL API Design Rules that a document can be checked for, as of the working version 2.2 of
 * May 2026, under the names that its own rule file has them. Written anew from the standard: that file is not in any
 * registry of packages.
 * @see https://logius-standaarden.github.io/API-Design-Rules/
 */
const rules: Core.RulesetDefinition = {
  extends: [[oas as Core.RulesetDefinition, 'off']],
  formats: [oas3],
  rules: {
    // What makes the document a valid one.
    'oas3-schema': error,
    'oas3-api-servers': error,
    'oas3-operation-security-defined': error,
    'operation-operationId-unique': error,
    'operation-parameters': error,
    'path-params': error,
    'path-declarations-must-exist': error,
    'path-keys-no-trailing-slash': error,
    'duplicated-entry-in-enum': error,
    'typed-enum': error,
    // What the design rules ask on top.
    'nlgov:openapi3': {
      given: '$.openapi',
      severity: error,
      message: 'write version 3 of OpenAPI',
      then: { function: pattern, functionOptions: { match: '^3(\\.\\d+){1,2}$' } },
    },
    'nlgov:missing-header': {
      given: good,
      severity: error,
      message: 'say in the headers of the answer which version it is',
      then: { field: 'headers', function: truthy },
    },
    'nlgov:missing-version-header': {
      given: `${good}.headers`,
      severity: error,
      message: 'the header is called API-Version',
      then: { function: or, functionOptions: { properties: ['API-Version', 'Api-Version', 'api-version'] } },
    },
    'nlgov:include-major-version-in-uri': {
      given: '$.servers[*]',
      severity: error,
      message: 'the major version stands in the address',
      then: { field: 'url', function: pattern, functionOptions: { match: '/v\\d+' } },
    },
    'nlgov:paths-no-trailing-slash': {
      given: '$.paths',
      severity: error,
      message: 'no path ends in a slash',
      then: { field: '@key', function: pattern, functionOptions: { notMatch: '.+/$' } },
    },
    'nlgov:info-contact-fields-exist': {
      given: '$.info',
      severity: error,
      message: 'say whom to ask: name, email, url',
      then: {
        function: schema,
        functionOptions: {
          schema: { required: ['contact'], properties: { contact: { required: ['name', 'email', 'url'] } } },
        },
      },
    },
    'nlgov:http-methods': {
      given: '$.paths[*]',
      severity: error,
      message: 'only get, put, post, patch and delete',
      then: {
        field: '@key',
        function: pattern,
        functionOptions: { match: '^(get|put|post|patch|delete|parameters|summary|description|servers)$' },
      },
    },
    'nlgov:paths-kebab-case': {
      given: '$.paths[?(@property && !@property.match(/openapi\\.json$/))]~',
      severity: error,
      message: 'segments are lower case with hyphens, with dots after the first only',
      then: {
        function: pattern,
        functionOptions: { match: '^/(([a-z0-9-]+|\\{[^}]+\\})(/([a-z0-9.-]+|\\{[^}]+\\}))*)?(/?_[a-z]+)?/?$' },
      },
    },
    'nlgov:query-keys-camel-case': {
      given: "$.paths.*.*.parameters[?(@.in=='query')]",
      severity: error,
      message: 'query parameters are camelCase',
      then: { field: 'name', function: pattern, functionOptions: { match: '^\\$?[a-z][a-z\\d]*([A-Z][a-z\\d]*)*$' } },
    },
    'nlgov:servers-use-https': {
      given: '$.servers[*]',
      severity: error,
      message: 'an address that is absolute is https',
      then: { field: 'url', function: pattern, functionOptions: { notMatch: '^http://' } },
    },
    'nlgov:use-problem-schema': {
      given: refused,
      severity: error,
      message: 'errors are problems',
      then: {
        function: schema,
        functionOptions: { schema: { anyOf: problemTypes.map((type) => ({ required: [type] })) } },
      },
    },
    'nlgov:problem-schema-members': {
      given: problemTypes.map((type) => `${refused}['${type}'].schema`),
      severity: error,
      message: 'a problem has status, title and detail',
      then: {
        function: schema,
        functionOptions: {
          schema: {
            required: ['properties'],
            properties: { properties: { required: ['status', 'title', 'detail'] } },
          },
        },
      },
    },
    'nlgov:problem-invalid-input': {
      given: '$.paths[*][?(@property.match(/^(get|put|post|patch|delete)$/))]',
      severity: error,
      message: 'invalid input is answered with 400',
      then: { field: 'responses', function: schema, functionOptions: { schema: { required: ['400'] } } },
    },
    'nlgov:date-time-ensure-timezone': {
      given: '$..properties[*].format',
      severity: error,
      message: 'a moment has a time zone',
      then: { function: pattern, functionOptions: { notMatch: '^date-time-local$' } },
    },
    'nlgov:time-without-timezone': {
      given: '$..properties[*].format',
      severity: error,
      message: 'a time of day has none',
      then: { function: pattern, functionOptions: { notMatch: '^time$' } },
    },
    'nlgov:specify-format-for-date-and-time': {
      given: dates,
      severity: error,
      message: 'what is called a date says its format',
      then: {
        function: schema,
        functionOptions: {
          schema: { anyOf: [{ required: ['format'] }, { required: ['allOf'] }, { required: ['anyOf'] }] },
        },
      },
    },
    'nlgov:use-date-instead-of-datetime': {
      given: `${dates}..format`,
      severity: error,
      message: 'what is called a date is a day',
      then: { function: pattern, functionOptions: { notMatch: '^date-time$' } },
    },
    'nlgov:semver': {
      given: '$.info.version',
      severity: error,
      message: 'the version is a semantic one',
      then: {
        function: pattern,
        functionOptions: { match: '^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$' },
      },
    },
  },
}

/** One rule that is broken, and where. */
export interface Finding {
  readonly rule: string
  /** The path of the interface; empty for what is about the whole document. */
  readonly path: string
  readonly message: string
}

/** What the linter finds wrong. */
export async function lintOpenApi(document: OpenApiDocument): Promise<readonly Finding[]> {
  const linter = new Spectral()
  linter.setRuleset(rules)
  const results = await linter.run(structuredClone(document) as unknown as Record<string, unknown>)
  return results.map(({ code, path, message }) => ({
    rule: String(code),
    path: path[0] === 'paths' ? String(path[1] ?? '') : '',
    message: `${message} (${path.join(' ')})`,
  }))
}
