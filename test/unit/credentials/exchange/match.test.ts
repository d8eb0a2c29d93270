import { describe, expect, test } from '@jest/globals'
import { parseJwtCredential, parseObjectCredential, type Credential } from '../../../../node/credentials/credential.js'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import {
  checkSubmission,
  createSubmission,
  matchDefinition,
  type Match,
} from '../../../../node/credentials/exchange/match.js'
import { createTestHolder, memberSubject, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'
import { presentationSubmissionSchema } from '../../../../schemas/presentation-exchange.js'

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

describe('a submission', () => {
  const match = matchDefinition(definition, [zorgkantoor, registration])

  test('points at the credentials in the order of the presentation', () => {
    const submission = createSubmission({ id: 'urn:uuid:s', definition, match, order: [registration, zorgkantoor] })
    expect(submission).toEqual({
      id: 'urn:uuid:s',
      definition_id: 'lid',
      descriptor_map: [
        { id: 'member', format: 'jwt_vc', path: '$.verifiableCredential[1]' },
        { id: 'registration', format: 'ldp_vc', path: '$.verifiableCredential[0]' },
      ],
    })
    expect(presentationSubmissionSchema.parse(submission)).toEqual(submission)
  })
})

describe('checking a submission', () => {
  const values: readonly unknown[] = [zorgkantoor.raw, otherZorgkantoor.raw, registrationObject]
  const credentials = new Map<unknown, Credential>([
    [values[0], zorgkantoor],
    [values[1], otherZorgkantoor],
    [values[2], registration],
  ])
  const good: readonly Json[] = [
    { id: 'member', format: 'jwt_vc', path: '$.verifiableCredential[0]' },
    { id: 'registration', format: 'ldp_vc', path: '$.verifiableCredential[2]' },
  ]

  function check(options: {
    readonly entries?: readonly Json[]
    readonly definitionId?: string
    readonly verifiableCredential?: unknown
    readonly match?: Match
  }): void {
    const { entries = good, definitionId = 'lid', verifiableCredential = values } = options
    checkSubmission({
      submission: presentationSubmissionSchema.parse({ id: 's', definition_id: definitionId, descriptor_map: entries }),
      definition,
      match: options.match ?? matchDefinition(definition, [...credentials.values()]),
      envelope: { verifiableCredential },
      credentialOf: (value) => credentials.get(value),
    })
  }

  const change = (number: number, members: Json): readonly Json[] =>
    good.map((entry, index) => (index === number ? { ...entry, ...members } : entry))

  test('takes one that points where our own matching points', () => {
    expect(() => check({})).not.toThrow()
  })

  test('takes one in another order, or with other words for the same path', () => {
    expect(() => check({ entries: [...good].reverse() })).not.toThrow()
    expect(() => check({ entries: change(0, { path: "$['verifiableCredential'][0]" }) })).not.toThrow()
  })

  test('takes what createSubmission makes', () => {
    const match = matchDefinition(definition, [...credentials.values()])
    const { descriptor_map } = createSubmission({ id: 's', definition, match, order: [...credentials.values()] })
    expect(() => check({ entries: descriptor_map.map((entry) => ({ ...entry })), match })).not.toThrow()
  })

  test.each<[string, readonly Json[]]>([
    ['points at a second credential that would fit too', change(0, { path: '$.verifiableCredential[1]' })],
    ['points at another credential', change(0, { path: '$.verifiableCredential[2]' })],
    ['points at nothing', change(0, { path: '$.verifiableCredential[3]' })],
    ['points at all of them', change(0, { path: '$.verifiableCredential[*]' })],
    ['points at the list', change(0, { path: '$.verifiableCredential' })],
    ['points at the whole', change(0, { path: '$' })],
    ['has a path that cannot be read', change(0, { path: '$..verifiableCredential[0]' })],
    ['has a path inside a path', change(0, { path_nested: { id: 'member', format: 'jwt_vc', path: '$.vc' } })],
    ['names another format', change(0, { format: 'ldp_vc' })],
    ['names the format in other words', change(0, { format: 'jwt_vc_json' })],
    ['leaves a descriptor out', good.slice(0, 1)],
    ['answers one descriptor twice', [good[0] ?? {}, good[0] ?? {}]],
    ['answers a descriptor that is not asked', change(0, { id: 'other' })],
    ['answers one descriptor more', [...good, { ...good[0], id: 'other' }]],
  ])('refuses one that %s', (_, entries) => {
    expect(refusalOf(() => check({ entries })).code).toBe('presentation.submission')
  })

  test('refuses one for another definition', () => {
    const refusal = refusalOf(() => check({ definitionId: 'other' }))
    expect([refusal.code, refusal.notes]).toEqual([
      'presentation.submission',
      ['the submission does not answer this definition'],
    ])
  })

  describe('of nuts-node v6.2 with one credential', () => {
    const single = compileDefinition({ id: 'lid', input_descriptors: [{ id: 'member', constraints: {} }] })
    const checkSingle = (path: string, verifiableCredential: unknown): void =>
      checkSubmission({
        submission: { id: 's', definition_id: 'lid', descriptor_map: [{ id: 'member', format: 'jwt_vc', path }] },
        definition: single,
        match: matchDefinition(single, [zorgkantoor]),
        envelope: { verifiableCredential },
        credentialOf: (value) => credentials.get(value),
      })

    test('takes the path without a number where the credential stands alone', () => {
      expect(() => checkSingle('$.verifiableCredential', zorgkantoor.raw)).not.toThrow()
      expect(() => checkSingle('$.verifiableCredential[0]', [zorgkantoor.raw])).not.toThrow()
    })

    test('refuses a path that does not suit the form', () => {
      for (const [path, value] of [
        ['$.verifiableCredential[0]', zorgkantoor.raw],
        ['$.verifiableCredential', [zorgkantoor.raw]],
      ] as const) {
        expect(refusalOf(() => checkSingle(path, value)).code).toBe('presentation.submission')
      }
    })
  })
})
