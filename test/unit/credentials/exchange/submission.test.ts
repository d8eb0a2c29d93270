import { describe, expect, test } from '@jest/globals'
import {
  parseCompactCredential,
  parseObjectCredential,
  type Credential,
} from '../../../../node/credentials/credential.js'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import { matchDefinition, type Match } from '../../../../node/credentials/exchange/match.js'
import { checkSubmission, createSubmission } from '../../../../node/credentials/exchange/submission.js'
import { createTestHolder, memberSubject, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'
import { presentationSubmissionSchema } from '../../../../schemas/presentation-exchange.js'

const did = 'did:web:noord.example'
const issuer = createTestHolder()

const memberOf = (role: string): Credential =>
  parseCompactCredential(
    issuer.signVc({ type: 'LedenadministratieCredential', subject: memberSubject(did, { role }), now: testStart }),
  )
const [zorgkantoor, otherZorgkantoor] = [memberOf('zorgkantoor'), memberOf('zorgkantoor')]
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

  test('points into an object at its one credential by itself, and at one of several by its place', () => {
    const [member, one] = definition.data.input_descriptors.map((descriptor) =>
      compileDefinition({ ...definition.data, input_descriptors: [descriptor] }),
    )
    const pathsIn = (form: 'jwt_vp' | 'ldp_vp', order: readonly Credential[], of = one ?? definition) => {
      const found = matchDefinition(of, order)
      return createSubmission({ id: 's', definition: of, match: found, order, form }).descriptor_map.map(
        ({ path }) => path,
      )
    }
    expect(pathsIn('ldp_vp', [registration])).toEqual(['$.verifiableCredential'])
    expect(pathsIn('ldp_vp', [zorgkantoor, registration])).toEqual(['$.verifiableCredential[1]'])
    expect(pathsIn('jwt_vp', [zorgkantoor], member)).toEqual(['$.verifiableCredential[0]'])
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
    ['has a path that cannot be read', change(0, { path: '$..a..b' })],
    ['has a path inside a credential', change(0, { path_nested: { id: 'member', format: 'jwt_vc', path: '$.vc' } })],
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

  describe('with paths inside paths', () => {
    const nested = (path: string, inner: Json, format = 'jwt_vp'): Json => ({
      id: 'member',
      format,
      path,
      path_nested: { id: 'member', format: 'jwt_vc', path: '$.verifiableCredential[0]', ...inner },
    })
    const rest = good.slice(1)

    test('takes one that goes through the presentation itself', () => {
      expect(() => check({ entries: [nested('$', {}), ...rest] })).not.toThrow()
      expect(() => check({ entries: [nested('$', {}, 'ldp_vp'), ...rest] })).not.toThrow()
    })

    test('takes several presentations, directly and by nesting', () => {
      const envelope = [{ verifiableCredential: values[2] }, { verifiableCredential: [values[0]] }]
      const checkIn = (member: Json, registered: Json): void =>
        checkSubmission({
          submission: presentationSubmissionSchema.parse({
            id: 's',
            definition_id: 'lid',
            descriptor_map: [member, registered],
          }),
          definition,
          match: matchDefinition(definition, [registration, zorgkantoor]),
          envelope,
          credentialOf: (value) => credentials.get(value),
        })
      const registered = { id: 'registration', format: 'ldp_vc', path: '$[0].verifiableCredential' }
      expect(() => checkIn(nested('$[1]', {}), registered)).not.toThrow()
      expect(() =>
        checkIn({ id: 'member', format: 'jwt_vc', path: '$[1].verifiableCredential[0]' }, registered),
      ).not.toThrow()
      expect(refusalOf(() => checkIn(nested('$[0]', {}), registered)).code).toBe('presentation.submission')
    })

    test.each<[string, Json]>([
      ['through something that is no presentation', nested('$', {}, 'jwt_vc')],
      ['that names another descriptor inside', nested('$', { id: 'registration' })],
      ['that names another format inside', nested('$', { format: 'ldp_vc' })],
      ['without end', nested('$', nested('$', nested('$', nested('$', nested('$', {})))))],
    ])('refuses one %s', (_, entry) => {
      expect(refusalOf(() => check({ entries: [entry, ...rest] })).code).toBe('presentation.submission')
    })
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
