import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createTrust } from '../../../node/credentials/trust.js'
import { compilePack, compileProfiles, readEntityPacks, readPacks } from '../../../node/policy/pack.js'
import type { PackData } from '../../../schemas/pack.js'
import { refusalOf, rejectionOf } from '../../support/refusals.js'
import { issuerField, packData, ruleData, scopeData } from './example.js'

const beheerder = 'did:web:stelsel.example'
const bronhouder = 'did:web:bron.example'
const trust = createTrust({ LedenadministratieCredential: [beheerder] })
const compile = (changes: Partial<PackData> = {}) => compilePack(packData(changes), { bronhouder, trust })

function faultsOf(changes: Partial<PackData>): readonly string[] {
  const { code, notes } = refusalOf(() => compile(changes))
  expect(code).toBe('policy.pack_invalid')
  return notes
}

describe('compiling a pack', () => {
  test('gives its profiles and rules', () => {
    const pack = compile()
    expect(pack).toMatchObject({ id: 'voorbeeld', version: '1.0.0', schema: 'voorbeeld-1' })
    expect(pack.profiles.map(({ scope }) => scope)).toEqual(['ding:read'])
    expect(pack.rules.map(({ name }) => name)).toEqual(['VB-0001.v1'])
  })

  test('does not change the data that it was given', () => {
    const data = packData()
    const before = JSON.stringify(data)
    compilePack(data, { bronhouder, trust })
    expect(JSON.stringify(data)).toBe(before)
  })
})

describe('a pack that contradicts itself', () => {
  test('with a rule of an unknown scope is refused', () => {
    expect(faultsOf({ rules: [ruleData({ scope: 'zaak:read' })] })).toEqual([
      'voorbeeld: VB-0001: unknown scope zaak:read',
    ])
  })

  test('with a rule of an alias is refused, because an alias is never granted', () => {
    const scopes = [{ ...scopeData('ding:read'), aliases: ['dingen:read'] }]
    expect(faultsOf({ scopes, rules: [ruleData({ scope: 'dingen:read' })] })).toHaveLength(1)
  })

  test.each([
    ['scopes', [scopeData('ding:read'), scopeData('ding:read')]],
    ['a scope and an alias', [scopeData('ding:read'), { ...scopeData('zaak:read'), aliases: ['ding:read'] }]],
    ['aliases', [{ ...scopeData('ding:read'), aliases: ['x:read', 'x:read'] }]],
  ])('with twice the same among %s is refused', (_, scopes) => {
    expect(faultsOf({ scopes })).toEqual([expect.stringMatching(/^voorbeeld: (ding|x):read: scope is defined twice$/)])
  })

  test('with two rules of one id is refused', () => {
    expect(faultsOf({ rules: [ruleData(), ruleData({ version: 2 })] })).toEqual([
      'voorbeeld: VB-0001: rule is defined twice',
    ])
  })

  test('with a rule about a claim that its scope does not yield is refused', () => {
    const rule = ruleData(
      { wanneer: { until: 'geldigTot' } },
      { filterEquals: { dingID: 'claim.machtiging' }, fields: { listedIn: 'velden' } },
    )
    expect(faultsOf({ rules: [rule] })).toEqual([
      'voorbeeld: VB-0001: scope ding:read yields no claim machtiging',
      'voorbeeld: VB-0001: scope ding:read yields no claim velden',
      'voorbeeld: VB-0001: scope ding:read yields no claim geldigTot',
    ])
  })

  test('with a rule that rests on consent and asks none, or of nobody, is refused', () => {
    const grondslag = { text: 'wet', status: 'toestemming', from: '2026-01-01' } as const
    expect(faultsOf({ rules: [ruleData({ grondslag })] })).toContain(
      'voorbeeld: VB-0001: a rule asks for consent exactly when the status of its grondslag is toestemming',
    )
    expect(faultsOf({ rules: [ruleData({ consent: { person: 'dingID' } })] })).toContain(
      'voorbeeld: VB-0001: a rule asks for consent exactly when the status of its grondslag is toestemming',
    )
    expect(faultsOf({ rules: [ruleData({ grondslag, consent: { person: 'eigenaar' } })] })).toContain(
      'voorbeeld: VB-0001: consent is of the person at eigenaar, which no filter requires',
    )
  })

  test.each([
    [
      'asks an optional field of both',
      [{ id: 'zaak', path: ['$.id'], optional: true }],
      'zaak',
      'is asked of both, so it cannot be optional',
    ],
    [
      'lets the service provider say who the organization is',
      [],
      'organization_name',
      'is asked of the service provider, and names the organization',
    ],
  ])('with a definition for a service provider that %s is refused', (_what, fields, id, words) => {
    const scope = scopeData('ding:read', [issuerField, ...fields])
    const descriptor = { id: 'dienst', constraints: { fields: [issuerField, { id, path: ['$.id'] }] } }
    const service_provider = { id: 'dienstverlener', input_descriptors: [descriptor] }
    expect(faultsOf({ scopes: [{ ...scope, service_provider }] })).toEqual([`voorbeeld: ding:read: ${id} ${words}`])
  })

  test('with a definition for a service provider that pins no issuers is refused', () => {
    const service_provider = {
      id: 'dienstverlener',
      input_descriptors: [{ id: 'dienst', constraints: { fields: [] } }],
    }
    expect(faultsOf({ scopes: [{ ...scopeData('ding:read'), service_provider }] })).toEqual([
      'voorbeeld: ding:read: descriptor dienst does not pin its issuers',
    ])
  })

  test('is told everything that is wrong at once', () => {
    const faults = faultsOf({
      scopes: [scopeData('ding:read', []), scopeData('ding:read')],
      rules: [ruleData({ scope: 'zaak:read' })],
    })
    expect(faults).toHaveLength(3)
  })

  test('with an authorization that no rule takes is refused', () => {
    const authorization: PackData['authorizations'][number] = {
      id: 'AUT-0001',
      title: 'Voorbeeld',
      version: 1,
      rule: 'VB-0001',
      type: 'Ding',
      holder: { field: 'houder', identifier: 'uzovi', role: ['zorgkantoor'] },
      end: { fields: ['eind'], openDays: 365 },
      fields: { Ding: ['dingID'] },
    }
    const words = 'voorbeeld: AUT-0001: VB-0001 is no rule for Ding whose fields an authorization lists'
    expect(faultsOf({ authorizations: [authorization] })).toEqual([words])
    const scopes = [scopeData('ding:read', [issuerField, { id: 'velden', path: ['$.id'], filter: { type: 'array' } }])]
    const rules = [ruleData({}, { fields: { listedIn: 'velden' } })]
    expect(compile({ scopes, rules, authorizations: [authorization] }).rules).toHaveLength(1)
  })

  test('with a definition outside the supported subset is refused, and says where', () => {
    const field = { path: ['$..a..b'], filter: { type: 'string' as const } }
    const service_provider = {
      id: 'dienstverlener',
      input_descriptors: [{ id: 'dienst', constraints: { fields: [issuerField, field] } }],
    }
    expect(faultsOf({ scopes: [{ ...scopeData('ding:read'), service_provider }] })).toEqual([
      'voorbeeld: ding:read: service_provider: path is outside the supported subset: $..a..b',
    ])
    expect(faultsOf({ scopes: [scopeData('ding:read', [issuerField, field])] })).toEqual([
      'voorbeeld: ding:read: path is outside the supported subset: $..a..b',
    ])
  })
})

describe('profiles that belong to no rules', () => {
  const given = { id: 'netwerkpunt', trust: {}, scopes: [scopeData('ding:read')] }

  test('are compiled as those of a pack', () => {
    const profiles = compileProfiles(given, { bronhouder, trust })
    expect(JSON.stringify(profiles)).toBe(JSON.stringify(compile().profiles))
  })

  test.each([
    ['one scope twice', { scopes: [scopeData('ding:read'), scopeData('ding:read')] }, 'scope is defined twice'],
    ['trust in what is no credential type', { trust: { Onbekend: [] } }, 'Onbekend is no credential type'],
  ])('are refused with %s', (_what, changes, note) => {
    const refusal = refusalOf(() => compileProfiles({ ...given, ...changes }, { bronhouder, trust }))
    expect(refusal).toMatchObject({ code: 'policy.pack_invalid', notes: [expect.stringContaining(note)] })
  })
})

describe('reading packs', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bronnet-packs-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  async function write(folder: string, text: string): Promise<void> {
    await mkdir(join(directory, folder), { recursive: true })
    await writeFile(join(directory, folder, 'pack.json'), text)
  }

  async function notesOf(where = directory): Promise<readonly string[]> {
    const { code, notes } = await rejectionOf(readPacks(where))
    expect(code).toBe('policy.pack_invalid')
    return notes
  }

  test('gives one pack per folder, by its id', async () => {
    await write('voorbeeld', JSON.stringify(packData()))
    await write('ander', JSON.stringify(packData({ id: 'ander' })))
    expect([...(await readPacks(directory)).keys()]).toEqual(['ander', 'voorbeeld'])
  })

  test('leaves files, and folders that begin with a point, alone', async () => {
    await write('voorbeeld', JSON.stringify(packData()))
    await mkdir(join(directory, '.git'))
    await writeFile(join(directory, 'README.md'), 'text')
    expect([...(await readPacks(directory)).keys()]).toEqual(['voorbeeld'])
  })

  test('leaves packs about entities to those who look for them', async () => {
    const entities = { kind: 'entities', id: 'wie', version: '1.0.0', title: 'Wie', description: 'Wie', rules: [] }
    await write('voorbeeld', JSON.stringify(packData()))
    await write('wie', JSON.stringify(entities))
    expect([...(await readPacks(directory)).keys()]).toEqual(['voorbeeld'])
    expect((await rejectionOf(readEntityPacks(directory))).notes).toEqual([
      expect.stringMatching(/wie.pack\.json: rules: /),
    ])
  })

  test('follows a link to a folder, as platforms mount configuration', async () => {
    await write('..data/voorbeeld', JSON.stringify(packData()))
    await symlink(join('..data', 'voorbeeld'), join(directory, 'voorbeeld'))
    expect([...(await readPacks(directory)).keys()]).toEqual(['voorbeeld'])
  })

  test('gives nothing for an empty directory', async () => {
    expect((await readPacks(directory)).size).toBe(0)
  })

  test('refuses a directory that is not there, by its name', async () => {
    const missing = join(directory, 'nergens')
    expect(await notesOf(missing)).toEqual([`${missing}: is not a directory that can be read`])
  })

  test('refuses a folder without a pack', async () => {
    await mkdir(join(directory, 'leeg'))
    expect(await notesOf()).toEqual([`${join(directory, 'leeg', 'pack.json')}: is not a text file that can be read`])
  })

  test('refuses a pack in a folder of another name', async () => {
    await write('ander', JSON.stringify(packData()))
    expect(await notesOf()).toEqual([expect.stringMatching(/pack\.json: id: must be the name of the folder$/)])
  })

  test.each([
    ['is not JSON', '{'],
    ['is not a text file that can be read', '\ufeff{}'],
    ['an object names a member twice', '{"id": "voorbeeld", "id": "ander"}'],
  ])('refuses a file that %s', async (fault, text) => {
    await write('voorbeeld', text)
    expect(await notesOf()).toEqual([`${join(directory, 'voorbeeld', 'pack.json')}: ${fault}`])
  })

  const { grondslag: _, ...withoutGround } = ruleData()

  test.each<[string, object, RegExp]>([
    ['an unknown member', { ...packData(), beheerder: 'x' }, /: Unrecognized key: "beheerder"$/],
    ['an unknown member of a rule', { ...packData(), rules: [{ ...ruleData(), waarom: 'x' }] }, /rules\.0: Unrecog/],
    ['an unknown condition', { ...packData(), rules: [ruleData({ wanneer: { na: 'x' } as never })] }, /rules\.0\.wann/],
    ['a rule without grondslag', { ...packData(), rules: [withoutGround] }, /: rules\.0\.grondslag: /],
    [
      'a grondslag of an unknown status',
      { ...packData(), rules: [ruleData({ grondslag: { text: 'x', status: 'oud' as never, from: '2026-01-01' } })] },
      /rules\.0\.grondslag\.status: /,
    ],
    ['no rules', packData({ rules: [] }), /: rules: /],
    ['no scopes', packData({ scopes: [] }), /: scopes: /],
    [
      'a reference to an unknown identifier',
      { ...packData(), rules: [ruleData({}, { filterEquals: { a: 'requester.bsn' as never } })] },
      /rules\.0\.wat\.filterEquals\.a: /,
    ],
    ['a scope with a space', packData({ scopes: [scopeData('ding read')] }), /scopes\.0\.scope: one OAuth scope token/],
  ])('refuses %s', async (_name, data, fault) => {
    await write('voorbeeld', JSON.stringify(data))
    expect(await notesOf()).toEqual(expect.arrayContaining([expect.stringMatching(fault)]))
  })

  test('tells every fault of a file', async () => {
    await write('voorbeeld', JSON.stringify({ ...packData(), version: '1', id: 'Voor Beeld', meer: 1 }))
    expect(await notesOf()).toHaveLength(3)
  })
})
