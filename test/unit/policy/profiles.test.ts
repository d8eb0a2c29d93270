import { describe, expect, test } from '@jest/globals'
import { createTrust } from '../../../node/credentials/trust.js'
import { compilePack } from '../../../node/policy/pack.js'
import { createProfiles } from '../../../node/policy/profiles.js'
import { refusalOf } from '../../support/refusals.js'
import { packData, ruleData, scopeData } from './example.js'

function pack(id: string, ...scopes: readonly (readonly [string, ...string[]])[]) {
  const data = packData({
    id,
    scopes: scopes.map(([scope, ...aliases]) => ({ ...scopeData(scope), aliases })),
    rules: [ruleData({ scope: scopes[0]?.[0] ?? '' })],
  })
  return compilePack(data, { bronhouder: 'did:web:bron.example', trust: createTrust({}) })
}

const profiles = createProfiles([pack('een', ['ding:read', 'dingen:read'], ['zaak:read']), pack('twee', ['oog:read'])])

describe('the profiles of a party', () => {
  test('name the scopes of all packs, without aliases', () => {
    expect(profiles.scopes).toEqual(['ding:read', 'zaak:read', 'oog:read'])
  })

  test.each([
    ['its own name', 'ding:read'],
    ['an alias', 'dingen:read'],
    ['spaces around it', ' ding:read '],
  ])('are found by %s, and grant the scope itself', (_, text) => {
    expect(profiles.get(text).scope).toBe('ding:read')
  })

  test.each([
    ['nothing', ''],
    ['only spaces', '  '],
    ['an unknown scope', 'ander:read'],
    ['another case', 'Ding:read'],
    ['two scopes', 'ding:read zaak:read'],
    ['the same scope twice', 'ding:read ding:read'],
    ['a scope beside an unknown one', 'ding:read ander:read'],
    ['two scopes with a tab', 'ding:read\tzaak:read'],
    ['a name that every object has', 'constructor'],
    ['the name of the prototype', '__proto__'],
  ])('are not found by %s', (_, text) => {
    expect(refusalOf(() => profiles.get(text)).code).toBe('token.unknown_scope')
  })

  test('a party without packs has none', () => {
    const none = createProfiles([])
    expect(none.scopes).toEqual([])
    expect(refusalOf(() => none.get('ding:read')).code).toBe('token.unknown_scope')
  })

  test.each([
    ['a scope', pack('drie', ['zaak:read'])],
    ['an alias', pack('drie', ['oor:read', 'ding:read'])],
  ])('two packs cannot share %s', (_, other) => {
    const refusal = refusalOf(() => createProfiles([pack('een', ['ding:read'], ['zaak:read']), other]))
    expect(refusal.code).toBe('policy.pack_invalid')
    expect(refusal.notes).toEqual([expect.stringMatching(/^scope (zaak|ding):read is defined by two packs$/)])
  })
})
