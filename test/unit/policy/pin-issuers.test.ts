import { describe, expect, test } from '@jest/globals'
import { createTrust } from '../../../node/credentials/trust.js'
import { compilePack } from '../../../node/policy/pack.js'
import type { PackData } from '../../../schemas/pack.js'
import { refusalOf } from '../../support/refusals.js'
import { issuerField, packData, scopeData } from './example.js'

const beheerder = 'did:web:stelsel.example'
const bronhouder = 'did:web:bron.example'
const authority = `did:x509:0:sha256:${'A'.repeat(43)}`
const trust = createTrust({
  LedenadministratieCredential: [beheerder, 'did:web:tweede.example'],
  X509Credential: [authority, `${authority}B`],
  NutsUraCredential: [authority, beheerder],
})
const compile = (changes: Partial<PackData> = {}) => compilePack(packData(changes), { bronhouder, trust })

function faultsOf(changes: Partial<PackData>): readonly string[] {
  const { code, notes } = refusalOf(() => compile(changes))
  expect(code).toBe('policy.pack_invalid')
  return notes
}

type FieldData = typeof issuerField

describe('the issuers of a descriptor', () => {
  const pinnedBy = (filter: FieldData['filter']) => {
    const [profile] = compile({ scopes: [scopeData('ding:read', [{ path: ['$.issuer'], filter }])] }).profiles
    return profile?.definitions.organization.data.input_descriptors[0]?.constraints.fields[0]?.filter
  }

  test.each<[string, FieldData['filter'], FieldData['filter']]>([
    [
      'the trusted issuers of a type',
      { type: 'string', issuersOf: 'LedenadministratieCredential' },
      { type: 'string', enum: [beheerder, 'did:web:tweede.example'] },
    ],
    [
      'nobody, for a type that nobody is trusted for',
      { type: 'string', issuersOf: 'AutorisatieCredential' },
      { type: 'string', enum: [] },
    ],
    ['the bronhouder', { type: 'string', issuer: 'bronhouder' }, { type: 'string', const: bronhouder }],
    ['one that is named', { type: 'string', const: beheerder }, { type: 'string', const: beheerder }],
    ['some that are named', { type: 'string', enum: [beheerder] }, { type: 'string', enum: [beheerder] }],
    [
      'the certificates below trusted authorities',
      { type: 'string', issuersOf: 'X509Credential' },
      { type: 'string', pattern: `^(?:${authority}|${authority}B)::.*$` },
    ],
    [
      'the certificates below an authority that is named',
      { type: 'string', pattern: `^${authority}::.*$` },
      { type: 'string', pattern: `^${authority}::.*$` },
    ],
  ])('can be %s', (_, filter, filled) => {
    expect(pinnedBy(filter)).toEqual(filled)
  })

  test('are narrowed by the pack, which names them with a reason, and never widened', () => {
    const because = { reason: 'lid van deze proef', from: '2026-11-01' }
    const own = [beheerder, 'did:web:vreemd.example'].map((issuer) => ({ issuer, ...because }))
    const [profile] = compile({ trust: { LedenadministratieCredential: own } }).profiles
    const [field] = profile?.definitions.organization.data.input_descriptors[0]?.constraints.fields ?? []
    expect(field?.filter).toEqual({ type: 'string', enum: [beheerder] })
    expect(faultsOf({ trust: { LidCredential: own } })).toEqual([
      'voorbeeld: trust: LidCredential is no credential type',
    ])
  })

  test('are asked beside fields that have no filter, which stay so', () => {
    const [profile] = compile({ scopes: [scopeData('ding:read', [issuerField, { path: ['$.id'] }])] }).profiles
    const fields = profile?.definitions.organization.data.input_descriptors[0]?.constraints.fields ?? []
    expect(fields.slice(0, 2)).toEqual([
      { path: ['$.issuer'], filter: { type: 'string', enum: [beheerder, 'did:web:tweede.example'] } },
      { path: ['$.id'] },
    ])
  })

  test('cannot be authorities and others together', () => {
    const field = { path: ['$.issuer'], filter: { type: 'string' as const, issuersOf: 'NutsUraCredential' } }
    expect(faultsOf({ scopes: [scopeData('ding:read', [field])] })).toEqual([
      'voorbeeld: ding:read: trust.NutsUraCredential names certificate authorities and other issuers together',
    ])
  })

  test('need not be named for what a holder says about itself', () => {
    const own = { path: ['$.type'], filter: { type: 'string' as const, const: 'NutsEmployeeCredential' } }
    expect(compile({ scopes: [scopeData('ding:read', [own])] }).profiles).toHaveLength(1)
    const others = { path: ['$.type'], filter: { type: 'string' as const, const: 'NutsOrganizationCredential' } }
    expect(faultsOf({ scopes: [scopeData('ding:read', [others])] })).toHaveLength(1)
  })

  test.each<[string, readonly FieldData[]]>([
    ['not looked at', []],
    [
      'whoever has an authority somewhere in the name',
      [{ path: ['$.issuer'], filter: { type: 'string', pattern: `${authority}::.*` } }],
    ],
    [
      'certificates below any authority',
      [{ path: ['$.issuer'], filter: { type: 'string', pattern: '^did:x509:0:sha256:.*::.*$' } }],
    ],
    ['looked at without a filter', [{ path: ['$.issuer'] }]],
    ['anybody', [{ path: ['$.issuer'], filter: { type: 'string' } }]],
    ['whoever matches a pattern', [{ path: ['$.issuer'], filter: { type: 'string', pattern: '.*' } }]],
    ['optional', [{ ...issuerField, optional: true }]],
    ['looked at in another place as well', [{ ...issuerField, path: ['$.issuer', '$.id'] }]],
    ['looked at elsewhere', [{ ...issuerField, path: ['$.credentialSubject[0].issuer'] }]],
    [
      'named in two ways',
      [
        {
          path: ['$.issuer'],
          filter: { type: 'string', issuersOf: 'LedenadministratieCredential', const: 'did:web:x' },
        },
      ],
    ],
  ])('cannot be %s', (_, fields) => {
    expect(faultsOf({ scopes: [scopeData('ding:read', fields)] })).toEqual([
      'voorbeeld: ding:read: descriptor lidmaatschap does not pin its issuers',
    ])
  })

  test('cannot be those of a type that does not exist', () => {
    const field = { path: ['$.issuer'], filter: { type: 'string' as const, issuersOf: 'LidCredential' } }
    expect(faultsOf({ scopes: [scopeData('ding:read', [field])] })).toEqual([
      'voorbeeld: ding:read: descriptor lidmaatschap takes the issuers of LidCredential, which is no credential type',
    ])
  })

  test('are asked of every descriptor', () => {
    const scope = scopeData('ding:read')
    const second = { id: 'tweede', constraints: { fields: [{ path: ['$.type'] }] } }
    const organization = {
      ...scope.organization,
      input_descriptors: [...scope.organization.input_descriptors, second],
    }
    expect(faultsOf({ scopes: [{ ...scope, organization }] })).toEqual([
      'voorbeeld: ding:read: descriptor tweede does not pin its issuers',
    ])
  })
})
