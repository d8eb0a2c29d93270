import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseJwtCredential, parseObjectCredential, type Credential } from '../../../../node/credentials/credential.js'
import { compileDefinition, type PresentationDefinition } from '../../../../node/credentials/exchange/definition.js'
import { explainDefinition } from '../../../../node/credentials/exchange/explain.js'
import { matchDefinition, type Match } from '../../../../node/credentials/exchange/match.js'
import { checkSubmission, createSubmission } from '../../../../node/credentials/exchange/submission.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { presentationSubmissionSchema } from '../../../../schemas/presentation-exchange.js'
import { createTestHolder, memberSubject, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const did = 'did:web:noord.example'
const issuer = createTestHolder()

const memberOf = (role: string): Credential =>
  parseJwtCredential(
    issuer.signVc({ type: 'LedenadministratieCredential', subject: memberSubject(did, { role }), now: testStart }),
  )
const [zorgkantoor, otherZorgkantoor, gemeente] = [
  memberOf('zorgkantoor'),
  memberOf('zorgkantoor'),
  memberOf('gemeente'),
]
const registrationObject = {
  '@context': ['https://www.w3.org/2018/credentials/v1'],
  type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
  id: 'urn:uuid:1',
  issuer: did,
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: { id: did, authServerURL: 'https://noord.example/oauth2/noord' },
}
const registration = parseObjectCredential(registrationObject)

const typeIs = (type: string): Json => ({ path: ['$.type'], filter: { type: 'string', const: type } })
const definition = compileDefinition({
  id: 'lid',
  input_descriptors: [
    {
      id: 'member',
      constraints: {
        fields: [
          typeIs('LedenadministratieCredential'),
          {
            id: 'role',
            path: ['$.credentialSubject[0].organization.role'],
            filter: { type: 'string', const: 'zorgkantoor' },
          },
        ],
      },
    },
    {
      id: 'registration',
      constraints: {
        fields: [typeIs('DiscoveryRegistrationCredential'), { id: 'url', path: ['$.credentialSubject.authServerURL'] }],
      },
    },
  ],
})

describe('matching', () => {
  test('finds a credential for each descriptor and gathers the values', () => {
    expect(matchDefinition(definition, [gemeente, registration, zorgkantoor])).toEqual({
      byDescriptor: [
        { descriptor: 'member', credential: zorgkantoor },
        { descriptor: 'registration', credential: registration },
      ],
      values: { role: 'zorgkantoor', url: 'https://noord.example/oauth2/noord' },
    })
  })

  test('takes the first that fits, in the order given', () => {
    const firstOf = (...credentials: readonly Credential[]): Credential | undefined =>
      matchDefinition(definition, [...credentials, registration]).byDescriptor[0]?.credential
    expect([firstOf(zorgkantoor, otherZorgkantoor), firstOf(otherZorgkantoor, zorgkantoor)]).toEqual([
      zorgkantoor,
      otherZorgkantoor,
    ])
  })

  test('may take one credential for two descriptors', () => {
    const twice = compileDefinition({
      id: 'twice',
      input_descriptors: ['a', 'b'].map((id) => ({ id, constraints: {} })),
    })
    expect(matchDefinition(twice, [zorgkantoor]).byDescriptor.map(({ credential }) => credential)).toEqual([
      zorgkantoor,
      zorgkantoor,
    ])
  })

  test('that fails says for each descriptor what was nearest and which field failed, and shows no value', () => {
    const refusal = refusalOf(() => matchDefinition(definition, [gemeente, gemeente]))
    expect([refusal.code, refusal.notes]).toEqual([
      'presentation.unfulfilled',
      [
        'member: LedenadministratieCredential: field role does not match',
        'registration: LedenadministratieCredential: field $.type does not match',
      ],
    ])
    expect(refusal.notes.join()).not.toMatch(/gemeente|Noord|5999|did:/)
  })

  test('that fails for one descriptor says nothing about the others', () => {
    expect(refusalOf(() => matchDefinition(definition, [zorgkantoor])).notes).toEqual([
      'registration: LedenadministratieCredential: field $.type does not match',
    ])
  })

  test('without credentials says so', () => {
    expect(refusalOf(() => matchDefinition(definition, [])).notes).toEqual([
      'member: there is no credential',
      'registration: there is no credential',
    ])
  })

  test('that fails on many credentials names five reasons at most', () => {
    const numbers = Array.from({ length: 8 }, (_, number) => number)
    // The credential with number n has the marks before n, so it fails on mark n.
    const fields = numbers.map((number) => ({ id: `mark${String(number)}`, path: [`$.mark${String(number)}`] }))
    const marked = compileDefinition({ id: 'marked', input_descriptors: [{ id: 'marked', constraints: { fields } }] })
    const many = numbers.map((number) => {
      const marks = Object.fromEntries(numbers.slice(0, number).map((mark) => [`mark${String(mark)}`, 'x']))
      return { ...gemeente, view: { ...gemeente.view, ...marks } }
    })
    expect(refusalOf(() => matchDefinition(marked, many)).notes[0]?.split(';')).toHaveLength(5)
  })

  test('does not name a type that nobody knows: it can hold anything', () => {
    const made = { ...gemeente, type: 'Bsn999990019Credential' }
    expect(refusalOf(() => matchDefinition(definition, [made])).notes[0]).toBe(
      'member: a credential of another type: field role does not match',
    )
  })
})

describe('a selection', () => {
  const select = (selection: Readonly<Record<string, string>>, ...credentials: readonly Credential[]) =>
    matchDefinition(open, [...credentials, registration], { selection }).byDescriptor[0]?.credential
  const open = compileDefinition({
    id: 'open',
    input_descriptors: [
      {
        id: 'member',
        constraints: {
          fields: [
            typeIs('LedenadministratieCredential'),
            { id: 'role', path: ['$.credentialSubject[0].organization.role'] },
            { id: 'types', path: ['$.type[*]'] },
            { id: 'agb', path: ['$.credentialSubject[0].organization.agb'], optional: true },
          ],
        },
      },
    ],
  })

  test('picks the credential with the value, also out of a list of values', () => {
    expect(select({ role: 'gemeente' }, zorgkantoor, gemeente)).toBe(gemeente)
    expect(select({ types: 'LedenadministratieCredential' }, gemeente)).toBe(gemeente)
  })

  test('leaves descriptors without such a field alone', () => {
    const { byDescriptor } = matchDefinition(definition, [zorgkantoor, registration], {
      selection: { url: 'https://noord.example/oauth2/noord' },
    })
    expect(byDescriptor.map(({ credential }) => credential)).toEqual([zorgkantoor, registration])
  })

  test.each<[string, Readonly<Record<string, string>>, readonly Credential[], string]>([
    [
      'leaves none',
      { role: 'huisarts' },
      [zorgkantoor],
      'member: LedenadministratieCredential: field role is not the one of credential_selection',
    ],
    [
      'leaves two',
      { role: 'zorgkantoor' },
      [zorgkantoor, otherZorgkantoor],
      'member: credential_selection leaves 2 credentials, and not one',
    ],
    ['asks for what is absent', { agb: 'null' }, [zorgkantoor], 'member: '],
  ])('that %s is refused', (_, selection, credentials, note) => {
    const refusal = refusalOf(() => select(selection, ...credentials))
    expect(refusal.code).toBe('presentation.unfulfilled')
    expect(refusal.notes.join()).toContain(note)
  })

  test('by a field that the definition does not have is refused, and its value not repeated', () => {
    const refusal = refusalOf(() => select({ bsn: '999990019' }, zorgkantoor))
    expect([refusal.code, refusal.notes]).toEqual([
      'request.bad_parameters',
      ['credential_selection: the definition has no field bsn'],
    ])
  })
})

describe('definitions of every shape', () => {
  const memberField = fc.record(
    {
      path: fc.subarray(['$.type', '$.type[*]', '$..role', '$.issuer', '$.a', '$.credentialSubject[*].id'], {
        minLength: 1,
      }),
      optional: fc.boolean(),
      filter: fc.record(
        {
          type: fc.constantFrom('string', 'array'),
          const: fc.constantFrom('zorgkantoor', 'x'),
          pattern: fc.constantFrom('^(z|g)', '(a|aa)+$', '.*'),
        },
        { requiredKeys: ['type'] },
      ),
    },
    { requiredKeys: ['path'] },
  )
  const requirement = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.record(
      {
        rule: fc.constantFrom('all', 'pick'),
        count: fc.integer({ min: 1, max: 3 }),
        min: fc.nat(2),
        max: fc.integer({ min: 1, max: 3 }),
        from: fc.constantFrom('x', 'y'),
        from_nested: fc.array(tie('node'), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ['rule'] },
    ),
  })).node
  const anyDefinition = fc.record(
    {
      id: fc.constant('d'),
      format: fc.constantFrom({ jwt_vc: { alg: ['ES256'] } }, { ldp_vc: {} }),
      input_descriptors: fc
        .array(fc.record({ group: fc.subarray(['x', 'y']), fields: fc.array(memberField, { maxLength: 3 }) }), {
          minLength: 1,
          maxLength: 4,
        })
        .map((list) =>
          list.map(({ group, fields }, index) => ({ id: `d${String(index)}`, group, constraints: { fields } })),
        ),
      submission_requirements: fc.array(requirement, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['id', 'input_descriptors'] },
  )
  const held = fc.subarray([zorgkantoor, otherZorgkantoor, gemeente, registration])

  test('are refused at load, or match, explain and make a submission that checks, without another throw', () => {
    let [matched, unmatched] = [0, 0]
    fc.assert(
      fc.property(anyDefinition, held, (data, credentials) => {
        let compiled: PresentationDefinition
        try {
          compiled = compileDefinition(data)
        } catch (error) {
          expect(NodeError.codeOf(error)).toBe('presentation.definition_unsupported')
          return
        }
        const { fulfilled } = explainDefinition(
          compiled,
          credentials.map((credential) => ({ credential })),
        )
        let match: Match
        try {
          match = matchDefinition(compiled, credentials)
        } catch (error) {
          expect([NodeError.codeOf(error), fulfilled]).toEqual(['presentation.unfulfilled', false])
          unmatched += 1
          return
        }
        expect(fulfilled).toBe(true)
        matched += 1
        const submission = createSubmission({ id: 's', definition: compiled, match, order: credentials })
        checkSubmission({
          submission,
          definition: compiled,
          match,
          envelope: { verifiableCredential: credentials },
          credentialOf: (value) => credentials.find((credential) => credential === value),
        })
      }),
      { numRuns: 1000 },
    )
    expect([matched > 20, unmatched > 20]).toEqual([true, true])
  })

  test('refuse a submission of any shape, or take it, and throw nothing else', () => {
    const match = matchDefinition(definition, [zorgkantoor, registration])
    const entry = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.record(
        {
          id: fc.constantFrom('member', 'registration'),
          format: fc.constantFrom('jwt_vc', 'ldp_vc', 'jwt_vp'),
          path: fc.oneof(fc.constantFrom('$', '$.verifiableCredential[0]', '$..*', '$[0]'), fc.string()),
          path_nested: tie('node'),
        },
        { requiredKeys: ['id', 'format', 'path'] },
      ),
    })).node
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), fc.jsonValue(), (entries, envelope) => {
        const parsed = presentationSubmissionSchema.safeParse({
          id: 's',
          definition_id: 'lid',
          descriptor_map: entries,
        })
        if (!parsed.success) return
        const refusal = refusalOf(() =>
          checkSubmission({ submission: parsed.data, definition, match, envelope, credentialOf: () => undefined }),
        )
        expect(refusal.code).toBe('presentation.submission')
      }),
      { numRuns: 500 },
    )
  })
})
