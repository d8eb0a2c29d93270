import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openServedSources, type ServedSources } from '../../../node/access/served-sources.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import type { PartyConfiguration, SourceConfiguration } from '../../../schemas/configuration.js'
import { createNodeParts, moment, type NodeParts } from '../../support/node-parts.js'
import { createReloadPacks } from '../../../node/access/reload-packs.js'
import { rejectionOf } from '../../support/refusals.js'
import { plainFace } from '../../support/source-face.js'
import { alias, autorisatieScope, scope } from '../../support/token-world.js'
import { createFaultyStore } from '../stores/faulty-store.js'

const register: SourceConfiguration = {
  name: 'indicatieregister',
  kind: 'register',
  schema: 'indicatieregister-2',
  pack: 'indicatieregister',
  ...plainFace,
}

const upstream = {
  url: 'https://register.example.nl/graphql',
  headerName: 'Authorization',
  timeoutSeconds: 5,
  maxBytes: 1024,
}

let node: NodeParts
let policies: string

beforeEach(async () => {
  node = createNodeParts({ trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] } })
  policies = await mkdtemp(join(tmpdir(), 'bronnet-policies-'))
  await cp(packageFile('policies', 'indicatieregister'), join(policies, 'indicatieregister'), { recursive: true })
})

afterEach(() => rm(policies, { recursive: true }))

/** What else the pack of the indicatieregister can be asked for. */
const furtherScopes = ['registers/wlzindicatieregister/toets:read', 'registers/wlzindicatieregister/pip:read']

const open = (...configured: readonly PartyConfiguration[]): Promise<ServedSources> =>
  openServedSources({ ...node, policiesDirectory: policies, configured })

async function refusalOf(...configured: readonly PartyConfiguration[]): Promise<string> {
  const refusal = await rejectionOf(open(...configured))
  return `${refusal.code}: ${refusal.notes.join(' ')}`
}

/** Makes another pack from the one that is there. */
async function derivePack(id: string, change: (pack: Record<string, unknown>) => void): Promise<void> {
  const original = join(policies, 'indicatieregister')
  await cp(original, join(policies, id), { recursive: true })
  const pack = JSON.parse(await readFile(join(original, 'pack.json'), 'utf8')) as Record<string, unknown>
  pack['id'] = id
  change(pack)
  await writeFile(join(policies, id, 'pack.json'), JSON.stringify(pack))
}

describe('two replicas that start at the same moment', () => {
  test('end with one party', async () => {
    const served = await Promise.all([1, 2, 3].map(() => open({ subject: 'ciz', sources: [register] })))
    expect(served.map((each) => each.namesOf('ciz'))).toEqual(served.map(() => ['indicatieregister']))
    expect(await node.parties.list()).toHaveLength(1)
  })

  test('are one party also for the one that looked before the other had made it', async () => {
    const { parties } = node
    const made = await parties.create({ subject: 'ciz' })
    const first = [Promise.resolve(undefined)]
    node = { ...node, parties: { ...parties, find: (subject) => first.pop() ?? parties.find(subject) } }
    expect((await open({ subject: 'ciz', sources: [register] })).namesOf('ciz')).toEqual(['indicatieregister'])
    expect(await node.parties.list()).toEqual([made])
  })

  test('are refused when their configurations name different ids', async () => {
    const [first, second] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']
    const outcomes = await Promise.allSettled([first, second].map((id) => open({ subject: 'ciz', id, sources: [] })))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await node.parties.list()).toHaveLength(1)
  })
})

describe('the sources of a party', () => {
  test('are found by party and name', async () => {
    const served = await open({ subject: 'ciz', sources: [register] })
    expect(served.find('ciz', 'indicatieregister')).toMatchObject({
      source: { name: 'indicatieregister', party: 'ciz' },
      pack: { id: 'indicatieregister' },
      scopes: [scope, autorisatieScope, ...furtherScopes],
    })
    expect(served.namesOf('ciz')).toEqual(['indicatieregister'])
  })

  test.each([
    ['ciz', 'ander'],
    ['cak', 'indicatieregister'],
    ['ciz', 'constructor'],
    ['constructor', 'indicatieregister'],
    ['CIZ', 'indicatieregister'],
    ['', ''],
  ])('are not found at "%s" under "%s"', async (party, name) => {
    const served = await open({ subject: 'ciz', sources: [register] })
    expect(served.find(party, name)).toBeUndefined()
  })

  test('hold their seed once', async () => {
    const seed = packageFile('scripts', 'demo', 'seed', 'indicatieregister.json')
    await open({ subject: 'ciz', sources: [{ ...register, seed }] })
    await open({ subject: 'ciz', sources: [{ ...register, seed }] })
    const page = await node.store.records.list({ name: 'register:ciz:indicatieregister:wlzIndicatie' }, { limit: 100 })
    expect(page.items.map(({ version }) => version)).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('with a seed that is not there do not open', async () => {
    const seed = join(policies, 'weg.json')
    expect(await refusalOf({ subject: 'ciz', sources: [{ ...register, seed }] })).toMatch(/^source\.bad_record/)
  })

  test('may share a pack', async () => {
    const served = await open({ subject: 'ciz', sources: [register, { ...register, name: 'tweede' }] })
    expect(served.namesOf('ciz')).toEqual(['indicatieregister', 'tweede'])
    expect(served.profilesOf('ciz').scopes).toEqual([scope, autorisatieScope, ...furtherScopes])
  })

  test('may be elsewhere: then the party has no records here', async () => {
    const elsewhere: SourceConfiguration = { ...register, kind: 'graphql', upstream }
    const served = await open({ subject: 'ciz', sources: [elsewhere] })
    expect(served.find('ciz', 'indicatieregister')).toMatchObject({ source: { party: 'ciz' }, register: undefined })
  })

  test.each<readonly [string, Partial<SourceConfiguration>, RegExp]>([
    ['without saying where', { kind: 'graphql' }, /needs upstream/],
    [
      'over plain http to another machine',
      { kind: 'graphql', upstream: { ...upstream, url: 'http://10.0.0.1/' } },
      /https/,
    ],
    ['with authorizations by itself', { kind: 'graphql', upstream, authorizations: true }, /does not hear of/],
    ['with a seed', { kind: 'graphql', upstream, seed: 'seed.json' }, /has no seed/],
    [
      'with a header that cannot be read',
      { kind: 'graphql', upstream: { ...upstream, headerFile: '/weg' } },
      /headerFile/,
    ],
    ['while they are here', { upstream }, /has no upstream/],
  ])('cannot be elsewhere %s', async (_what, changes, note) => {
    expect(await refusalOf({ subject: 'ciz', sources: [{ ...register, ...changes }] })).toMatch(note)
  })

  test('with one name are refused', async () => {
    expect(await refusalOf({ subject: 'ciz', sources: [register, register] })).toBe(
      'config.invalid: parties: source indicatieregister of ciz is there twice',
    )
  })

  test('with a pack that is not there are refused', async () => {
    expect(await refusalOf({ subject: 'ciz', sources: [{ ...register, pack: 'onbekend' }] })).toBe(
      'config.invalid: parties: there is no pack onbekend',
    )
    expect(await refusalOf({ subject: 'ciz', sources: [{ ...register, pack: 'constructor' }] })).toMatch(
      /there is no pack/,
    )
  })

  test('with the pack of another schema are refused', async () => {
    await derivePack('ander', (pack) => {
      pack['schema'] = 'bemiddelingsregister-2'
    })
    expect(await refusalOf({ subject: 'ciz', sources: [{ ...register, pack: 'ander' }] })).toBe(
      'config.invalid: parties: pack ander guards bemiddelingsregister-2, not indicatieregister-2',
    )
  })

  test('of which two packs define one scope are refused', async () => {
    await derivePack('ander', () => {})
    const sources = [register, { ...register, name: 'tweede', pack: 'ander' }]
    expect(await refusalOf({ subject: 'ciz', sources })).toMatch(/^policy\.pack_invalid: scope .* two packs$/)
    expect((await open({ subject: 'ciz', sources: [register] })).namesOf('ciz')).toHaveLength(1)
  })
})

describe('the profiles of a party', () => {
  test('are those of its packs', async () => {
    const profiles = (await open({ subject: 'ciz', sources: [register] })).profilesOf('ciz')
    expect(profiles.scopes).toEqual([scope, autorisatieScope, ...furtherScopes])
    expect(profiles.get(alias)).toBe(profiles.get(scope))
  })

  test('pin whose credentials count', async () => {
    const served = await open({ subject: 'ciz', sources: [register] })
    const party = await node.parties.get('ciz')
    const definition = JSON.stringify(served.profilesOf('ciz').get(autorisatieScope).definitions.organization.data)
    expect(definition).toContain(`{"type":"string","enum":["did:web:stelsel.example.nl"]}`)
    expect(definition).toContain(`{"type":"string","const":"${party.did}"}`)
  })

  test.each(['cak', 'onbekend', 'constructor', ''])('of "%s", which serves nothing, are none', async (party) => {
    const served = await open({ subject: 'ciz', sources: [register] }, { subject: 'cak', sources: [] })
    expect(served.profilesOf(party).scopes).toEqual([])
    expect(served.namesOf(party)).toEqual([])
  })
})

describe('a configured party', () => {
  const id = 'b0e0a9d5-5f5f-4b56-8a0d-25f3f1dca6cf'

  test('is made once, with the configured id', async () => {
    await open({ subject: 'ciz', id, sources: [] })
    const party = await node.parties.get('ciz')
    expect(party.did).toBe(`did:web:node.example.nl:iam:${id}`)
    await open({ subject: 'ciz', id, sources: [] })
    await open({ subject: 'ciz', sources: [] })
    expect(await node.parties.list()).toEqual([party])
  })

  test('keeps its id: another one is refused', async () => {
    await open({ subject: 'ciz', id, sources: [] })
    const other = 'c0e0a9d5-5f5f-4b56-8a0d-25f3f1dca6cf'
    expect(await refusalOf({ subject: 'ciz', id: other, sources: [] })).toBe(
      'config.invalid: parties: ciz already has another id than the configured one',
    )
  })

  test('that was deactivated is refused, and what to do is said', async () => {
    await open({ subject: 'ciz', sources: [] })
    await node.parties.deactivate('ciz')
    expect(await refusalOf({ subject: 'ciz', sources: [] })).toBe(
      'config.invalid: parties: ciz or its id was deactivated; take it out of the settings',
    )
  })

  test('is not taken for one that is there while it cannot be made', async () => {
    const { store, medium } = createFaultyStore(createFixedClock(moment))
    node = createNodeParts({ store })
    medium.fault = 'before'
    expect(await refusalOf({ subject: 'ciz', sources: [] })).toMatch(/^store\.unavailable/)
  })

  test('that is there twice is refused', async () => {
    expect(await refusalOf({ subject: 'ciz', sources: [] }, { subject: 'ciz', sources: [register] })).toBe(
      'config.invalid: parties: ciz is there twice',
    )
  })
})

describe('packs that are read anew', () => {
  const rewrite = async (change: (pack: Record<string, unknown>) => void): Promise<void> => {
    const file = join(policies, 'indicatieregister', 'pack.json')
    const pack = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    change(pack)
    await writeFile(file, JSON.stringify(pack))
  }
  const reloadOf = (served: ServedSources) => createReloadPacks({ audit: node.audit, servedSources: served })
  const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
  const events = async () => (await node.journal()).filter(({ code }) => code === 'policy.reloaded')

  test('count from then on, and are in the journal', async () => {
    const served = await open({ subject: 'ciz', sources: [register] })
    await rewrite((pack) => {
      pack['version'] = '2.0.0'
    })
    const [loaded] = await reloadOf(served)({ by: 'beheer', trace })
    expect(loaded).toMatchObject({ id: 'indicatieregister', version: '2.0.0' })
    expect(served.find('ciz', 'indicatieregister')?.pack.version).toBe('2.0.0')
    expect(await events()).toMatchObject([{ outcome: 'success', actor: { user: { id: 'beheer' } } }])
  })

  test('change nothing when one of them is not good, and the journal knows that too', async () => {
    const served = await open({ subject: 'ciz', sources: [register] })
    const before = served.find('ciz', 'indicatieregister')
    await rewrite((pack) => {
      pack['rules'] = []
    })
    const refusal = await rejectionOf(reloadOf(served)({ trace }))
    expect([refusal.code, refusal.notes]).toEqual(['policy.reload_refused', [expect.stringContaining('rules')]])
    expect(served.find('ciz', 'indicatieregister')).toBe(before)
    expect(await events()).toMatchObject([{ outcome: 'refused', error: 'policy.pack_invalid' }])
  })

  test('change nothing while that cannot be accounted for', async () => {
    const served = await open({ subject: 'ciz', sources: [register] })
    const before = served.find('ciz', 'indicatieregister')
    const audit = { ...node.audit, record: () => Promise.reject(new NodeError('audit.unavailable')) }
    const reloading = createReloadPacks({ audit, servedSources: served })({ trace })
    expect((await rejectionOf(reloading)).code).toBe('audit.unavailable')
    expect(served.find('ciz', 'indicatieregister')).toBe(before)
  })

  test('change nothing when a pack that guards a source is gone', async () => {
    const served = await open({ subject: 'ciz', sources: [register] })
    await rm(join(policies, 'indicatieregister'), { recursive: true })
    expect((await rejectionOf(reloadOf(served)({ trace }))).code).toBe('policy.reload_refused')
    expect(served.find('ciz', 'indicatieregister')).toBeDefined()
  })
})
