import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Credential } from '../../../../node/credentials/credential.js'
import { parseCompactCredential, parseObjectCredential } from '../../../../node/credentials/credential.js'
import { compileDefinition, type DescriptorMatch } from '../../../../node/credentials/exchange/definition.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { createTestHolder, memberSubject, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const issuer = createTestHolder()
const membership = parseCompactCredential(
  issuer.signVc({ type: 'LedenadministratieCredential', subject: memberSubject('did:web:a.example'), now: testStart }),
)
const registration = parseObjectCredential({
  '@context': ['https://www.w3.org/2018/credentials/v1'],
  type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
  id: 'urn:uuid:1',
  issuer: 'did:web:a.example',
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: { id: 'did:web:a.example', authServerURL: 'https://a.example/oauth2/a' },
})

const definitionOf = (fields: readonly Json[], more: Json = {}): Json => ({
  id: 'definition',
  input_descriptors: [{ id: 'descriptor', constraints: { fields } }],
  ...more,
})

function matchFields(fields: readonly Json[], credential: Credential = membership, more: Json = {}): DescriptorMatch {
  const [descriptor] = compileDefinition(definitionOf(fields, more)).descriptors
  if (descriptor === undefined) throw new Error('there is no descriptor')
  return descriptor.match(credential)
}

describe('the fields of a descriptor', () => {
  const name = '$.credentialSubject[0].organization.name'

  test('yield their values by id, and those without id yield nothing', () => {
    const fields = [{ id: 'name', path: [name] }, { path: ['$.type'] }, { id: 'types', path: ['$.type'] }]
    expect(matchFields(fields)).toEqual({
      matched: true,
      values: { name: 'Zorgkantoor Noord', types: ['VerifiableCredential', 'LedenadministratieCredential'] },
    })
  })

  test('try their paths in order, for a token and an object alike', () => {
    const field = { id: 'did', path: ['$.credentialSubject.id', '$.credentialSubject[0].id'] }
    expect([matchFields([field]), matchFields([field], registration)]).toEqual([
      { matched: true, values: { did: 'did:web:a.example' } },
      { matched: true, values: { did: 'did:web:a.example' } },
    ])
  })

  test('take the first path whose value passes the filter', () => {
    const path = ['$.id', '$.issuer', name]
    const filter = { type: 'string', pattern: '^Zorg(kantoor)' }
    expect(matchFields([{ id: 'kind', path, filter }])).toEqual({ matched: true, values: { kind: 'kantoor' } })
  })

  test('are matched by any of the values that a path finds, and yield all of them', () => {
    const filter = { type: 'string', const: 'LedenadministratieCredential' }
    expect(matchFields([{ id: 'type', path: ['$.type[*]'], filter }])).toEqual({
      matched: true,
      values: { type: ['VerifiableCredential', 'LedenadministratieCredential'] },
    })
  })

  test('without an id or a filter ask that something is there, also an object', () => {
    const path = ['$.credentialSubject[0].organization']
    expect(matchFields([{ path }])).toEqual({ matched: true, values: {} })
    expect(matchFields([{ id: 'organization', path }]).matched).toBe(false)
  })

  test('that are optional may be absent, and are null then', () => {
    expect(matchFields([{ id: 'x', path: ['$.absent'], optional: true }])).toEqual({
      matched: true,
      values: { x: null },
    })
    expect(matchFields([{ id: 'x', path: ['$.absent'] }])).toEqual({
      matched: false,
      fault: { kind: 'absent', field: 'x', paths: ['$.absent'], expected: 'is there' },
    })
  })

  test('that are optional may not be there and wrong', () => {
    const filter = { type: 'string', const: 'another' }
    expect(matchFields([{ id: 'x', path: ['$.absent', name], filter, optional: true }]).matched).toBe(false)
  })

  test('may carry names that every object knows', () => {
    const fields = ['constructor', 'toString', 'hasOwnProperty'].map((id) => ({ id, path: ['$.issuer'] }))
    expect(matchFields(fields)).toEqual({
      matched: true,
      values: { constructor: issuer.did, toString: issuer.did, hasOwnProperty: issuer.did },
    })
  })

  test('may be none, and then every credential fits', () => {
    expect(matchFields([])).toEqual({ matched: true, values: {} })
  })

  test('say which one failed by its id or path, with what is asked and not what was found', () => {
    const filter = { type: 'string', const: 'wanted' }
    const outcomes = [matchFields([{ path: [name], filter }]), matchFields([{ id: 'x', path: [name], filter }])]
    const fault = { kind: 'mismatch', path: name, expected: 'is "wanted"' }
    expect(outcomes).toEqual([
      { matched: false, fault: { ...fault, field: name } },
      { matched: false, fault: { ...fault, field: 'x' } },
    ])
    expect(JSON.stringify(outcomes)).not.toContain('Zorgkantoor')
  })

  test('explain everything that fails, where matching stops at the first', () => {
    const fields = [
      { id: 'a', path: ['$.absent'] },
      { id: 'b', path: [name], filter: { type: 'string', pattern: '^x' } },
      { id: 'c', path: ['$.issuer'] },
    ]
    const [descriptor] = compileDefinition(definitionOf(fields, { format: { ldp_vc: {} } })).descriptors
    expect(descriptor?.explain(membership)).toEqual([
      { kind: 'format', expected: 'ldp_vc ()' },
      { kind: 'absent', field: 'a', paths: ['$.absent'], expected: 'is there' },
      { kind: 'mismatch', field: 'b', path: name, expected: 'matches the pattern "^x"' },
    ])
    expect(descriptor?.explain({ ...membership, format: 'ldp_vc', jwt: undefined })).toHaveLength(2)
  })
})

describe('the format of a definition', () => {
  const jwt = { jwt_vc: { alg: ['ES256'] } }
  const object = { ldp_vc: { proof_type: ['JsonWebSignature2020'] } }

  test.each<[string, Json, boolean, boolean]>([
    ['none', {}, true, true],
    ['tokens', jwt, true, false],
    ['objects', object, false, true],
    ['both', { ...jwt, ...object }, true, true],
    ['tokens of another algorithm', { jwt_vc: { alg: ['EdDSA'] } }, false, false],
    ['tokens without an algorithm', { jwt_vc: {} }, false, false],
    ['presentations only', { jwt_vp: { alg: ['ES256'] } }, false, false],
    ['tokens by their other name', { jwt_vc_json: { alg: ['ES256'] } }, false, false],
  ])('%s', (name, format, token, plain) => {
    const more = name === 'none' ? {} : { format }
    expect([matchFields([], membership, more).matched, matchFields([], registration, more).matched]).toEqual([
      token,
      plain,
    ])
  })

  test.each<[string, readonly Json[], boolean]>([
    ['a proof of a type that is listed', [{ type: 'JsonWebSignature2020' }], true],
    ['a proof of a suite that is listed', [{ type: 'DataIntegrityProof', cryptosuite: 'eddsa-rdfc-2022' }], true],
    ['one proof that is listed beside one that is not', [{ type: 'Other' }, { type: 'JsonWebSignature2020' }], true],
    ['a proof of another suite', [{ type: 'DataIntegrityProof', cryptosuite: 'eddsa-jcs-2022' }], false],
    ['a proof without a type', [{}], false],
  ])('for objects looks at %s', (_, proofs, matched) => {
    const format = { ldp_vc: { proof_type: ['JsonWebSignature2020', 'eddsa-rdfc-2022'] } }
    expect(matchFields([], { ...registration, proofs }, { format }).matched).toBe(matched)
  })

  test('of a token of data model 2.0 has a name of its own', () => {
    const token = { ...membership, format: 'vc+jwt' } as const
    expect(matchFields([], token, { format: jwt }).matched).toBe(false)
    expect(matchFields([], token, { format: { 'vc+jwt': { alg: ['ES256'] } } }).matched).toBe(true)
  })

  test('of a descriptor counts besides', () => {
    const descriptors = (format: Json): Json => ({
      format: { ...jwt, ...object },
      input_descriptors: [{ id: 'd', format, constraints: {} }],
    })
    expect(matchFields([], membership, descriptors(jwt))).toEqual({ matched: true, values: {} })
    expect(matchFields([], membership, descriptors(object))).toEqual({
      matched: false,
      fault: { kind: 'format', expected: 'ldp_vc (JsonWebSignature2020)' },
    })
  })
})

describe('a definition', () => {
  test('ignores what it does not know', () => {
    const definition = compileDefinition(
      definitionOf([{ path: ['$.type'], predicate: 'required', intent_to_retain: true }], { frame: {}, name: 'x' }),
    )
    expect([definition.id, definition.descriptors.map(({ id }) => id)]).toEqual(['definition', ['descriptor']])
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'definition'],
    ['a list', []],
    ['no id', definitionOf([], { id: undefined })],
    ['no descriptors', definitionOf([], { input_descriptors: [] })],
    [
      'over 32 descriptors',
      definitionOf([], {
        input_descriptors: Array.from({ length: 33 }, (_, id) => ({ id: String(id), constraints: {} })),
      }),
    ],
    [
      'two descriptors of one id',
      definitionOf([], { input_descriptors: ['d', 'd'].map((id) => ({ id, constraints: {} })) }),
    ],
    ['no requirements where they should be', definitionOf([], { submission_requirements: [] })],
    ['a field without a path', definitionOf([{ id: 'x' }])],
    ['a path outside the subset', definitionOf([{ path: ['$..a..b'] }])],
    [
      'a filter with a word that it does not know',
      definitionOf([{ path: ['$.a'], filter: { type: 'string', minLength: 1 } }]),
    ],
    ['a filter of an unknown type', definitionOf([{ path: ['$.a'], filter: { type: 'object' } }])],
    ['a filter without a type', definitionOf([{ path: ['$.a'], filter: { const: 'x' } }])],
    ['a pattern that cannot be used', definitionOf([{ path: ['$.a'], filter: { type: 'string', pattern: '(' } }])],
    ['a field id twice', definitionOf(['x', 'x'].map((id) => ({ id, path: ['$.a'] })))],
    ['the field id __proto__', definitionOf([{ id: '__proto__', path: ['$.a'] }])],
  ])('with %s is refused', (_, value) => {
    const refusal = refusalOf(() => compileDefinition(value))
    expect([refusal.code, refusal.notes.length > 0]).toEqual(['presentation.definition_unsupported', true])
  })

  test('refuses a field id twice also over two descriptors', () => {
    const constraints = { fields: [{ id: 'x', path: ['$.a'] }] }
    const input_descriptors = ['a', 'b'].map((id) => ({ id, constraints }))
    const refusal = refusalOf(() => compileDefinition(definitionOf([], { input_descriptors })))
    expect(refusal.notes).toEqual(['field id is reserved or used twice: x'])
  })

  test.each([
    ['active'],
    ['iss'],
    ['sub'],
    ['aud'],
    ['exp'],
    ['iat'],
    ['nbf'],
    ['jti'],
    ['client_id'],
    ['scope'],
    ['cnf'],
    ['token_type'],
  ])('refuses the field id %s, which introspection uses', (id) => {
    expect(refusalOf(() => compileDefinition(definitionOf([{ id, path: ['$.a'] }]))).notes).toEqual([
      `field id is reserved or used twice: ${id}`,
    ])
  })

  test('from any JSON is compiled or refused, and then matches without a throw', () => {
    const near = fc.record(
      {
        id: fc.constantFrom('x', '', '__proto__'),
        format: fc.option(
          fc.dictionary(fc.constantFrom('jwt_vc', 'ldp_vc', 'constructor'), fc.object({ maxDepth: 1 })),
        ),
        input_descriptors: fc.array(
          fc.record({
            id: fc.string(),
            constraints: fc.record({
              fields: fc.array(
                fc.record({
                  id: fc.constantFrom('a', 'constructor', 'b'),
                  path: fc.array(fc.constantFrom('$', '$.type', '$.type[*]', '$.a.b', "$['constructor']", '$..x')),
                  optional: fc.boolean(),
                  filter: fc.record(
                    {
                      type: fc.constantFrom('string', 'array', 'number'),
                      const: fc.string(),
                      pattern: fc.constantFrom('a', '(a)|b', '(a', '.*'),
                    },
                    { requiredKeys: ['type'] },
                  ),
                }),
                { maxLength: 3 },
              ),
            }),
          }),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: ['id', 'input_descriptors'] },
    )
    let compiled = 0
    fc.assert(
      fc.property(fc.oneof({ weight: 1, arbitrary: fc.jsonValue() }, { weight: 5, arbitrary: near }), (value) => {
        try {
          const { descriptors } = compileDefinition(value)
          compiled += 1
          for (const { match, explain } of descriptors) {
            for (const credential of [membership, registration]) {
              expect(explain(credential).length === 0).toBe(match(credential).matched)
            }
          }
        } catch (error) {
          expect([NodeError.is(error), NodeError.codeOf(error)]).toEqual([true, 'presentation.definition_unsupported'])
        }
      }),
      { numRuns: 500 },
    )
    expect(compiled).toBeGreaterThan(10)
  })
})
