import { describe, expect, test } from '@jest/globals'
import {
  parseCompactCredential,
  parseObjectCredential,
  type Credential,
} from '../../../../node/credentials/credential.js'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import { matchDefinition } from '../../../../node/credentials/exchange/match.js'
import { createTestHolder, memberSubject, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const did = 'did:web:noord.example'
const issuer = createTestHolder()

const memberOf = (role: string): Credential =>
  parseCompactCredential(
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
