import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { createGiveDue, type GiveDueDeps } from '../../../../node/access/authorizations/give-due.js'
import { createNoteDue } from '../../../../node/access/authorizations/note-due.js'
import {
  dueAuthorizations,
  givenAuthorizations,
  type GivenAuthorization,
} from '../../../../node/access/authorizations/records.js'
import { openServedSources, type ServedSources } from '../../../../node/access/served-sources.js'
import { entryRecords } from '../../../../node/credentials/status/records.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { silentLog } from '../../../../node/kernel/log.js'
import { packageFile } from '../../../../node/kernel/package-root.js'
import { put } from '../../../../node/stores/contracts.js'
import { readAll } from '../../../../node/stores/read-all.js'
import { createNodeParts, type NodeParts } from '../../../support/node-parts.js'
import { plainFace } from '../../../support/source-face.js'

const seed = JSON.parse(readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')) as {
  readonly wlzIndicatie: readonly Readonly<Record<string, unknown>>[]
}
const [indicatie = {}] = seed.wlzIndicatie
const id = String(indicatie['wlzindicatieID'])
const noord = 'did:web:noord.example'
const zuid = 'did:web:zuid.example'
const listed = new Map([
  ['5999', noord],
  ['5998', zuid],
])
const signal = new AbortController().signal
const day = 86_400_000

let node: NodeParts
let served: ServedSources
let deps: GiveDueDeps
beforeEach(async () => {
  node = createNodeParts()
  const findPack: GiveDueDeps['findPack'] = (party, source) => served.find(party, source)?.published.pack
  served = await openServedSources({
    ...node,
    policiesDirectory: packageFile('policies'),
    onChange: [createNoteDue((party, source) => findPack(party, source)?.authorizations ?? [])],
    configured: [
      {
        subject: 'ciz',
        sources: [
          {
            name: 'indicaties',
            kind: 'register',
            schema: 'indicatieregister-2',
            pack: 'indicatieregister',
            ...plainFace,
          },
        ],
      },
    ],
  })
  deps = {
    ...node,
    log: silentLog,
    findPack,
    readHolders: () =>
      Promise.resolve((kind, number, roles) =>
        kind === 'uzovi' && roles.includes('zorgkantoor') ? listed.get(number) : undefined,
      ),
  }
})

const write = (changes: Readonly<Record<string, unknown>>): Promise<unknown> | undefined =>
  served
    .find('ciz', 'indicaties')
    ?.register?.administration.write([{ type: 'WlzIndicatie', record: { ...indicatie, ...changes } }], { by: 'test' })
const remove = (): Promise<unknown> | undefined =>
  served
    .find('ciz', 'indicaties')
    ?.register?.administration.write([{ type: 'WlzIndicatie', remove: id }], { by: 'test' })
const give = (changes: Partial<GiveDueDeps> = {}, which: 'new' | 'waiting' = 'new'): Promise<void> =>
  createGiveDue({ ...deps, ...changes })(signal, which)

const given = async (): Promise<readonly GivenAuthorization[]> =>
  (await readAll(node.store.records, givenAuthorizations)).map(({ value }) => value)
const dues = async (): Promise<readonly string[]> =>
  (await readAll(node.store.records, dueAuthorizations)).map(({ value }) => value.due)
/** Of every credential that was issued, in order: whether it was revoked. */
const revoked = async (): Promise<readonly boolean[]> => {
  const issued = (await node.journal()).flatMap(({ code, object }) => (code === 'credential.issued' ? [object] : []))
  const entries = await readAll(node.store.records, entryRecords)
  return issued.map((object) => entries.some(({ value }) => value.credential === object?.credential && value.set))
}

describe('a record that is registered', () => {
  test('gives who is responsible an authorization for that record, by the rule, until the window ends', async () => {
    await write({ einddatum: '2027-03-01' })
    await give()
    const [one] = await given()
    expect(one).toMatchObject({ holder: noord, identifier: '5999', end: '2027-03-01' })
    const credential = node.verifier.parse(one?.raw ?? '')
    expect(credential).toMatchObject({ type: 'AutorisatieCredential', subjectId: noord })
    // The end of 31 May 2028 in Amsterdam, where it is summer.
    expect(new Date(credential.expiresAt ?? 0).toISOString()).toBe('2028-05-31T22:00:00.000Z')
    expect(credential.view['credentialSubject']).toMatchObject([
      {
        purposeOfUse: 'WLZ_UITVOERING',
        resources: [{ path: `/wlzIndicatie/${id}`, operations: ['query'], userContext: false }],
        localParameters: { fields: expect.arrayContaining(['WlzIndicatie.ingangsdatum', 'Client.bsn']) as unknown },
      },
    ])
    expect((await node.journal()).find(({ code }) => code === 'credential.issued')).toMatchObject({
      party: 'ciz',
      rule: 'UITGIFTE-ZORGKANTOOR.v1',
    })
    expect(await dues()).toEqual([])
    expect(one?.raw).not.toContain('999990019')
  })

  test('gives nothing twice, whatever else of it changes', async () => {
    await write({ einddatum: '2027-03-01' })
    await give()
    await write({ einddatum: '2027-03-01', commentaar: 'nieuw' })
    await give()
    expect(await revoked()).toEqual([false])
  })

  test('of which the last day can be read no more gives nothing', async () => {
    await write({ einddatum: '2024-12-31' })
    await give()
    expect([await given(), await dues(), await revoked()]).toEqual([[], [], []])
  })

  test('gives nothing for a party that is gone', async () => {
    await write({})
    expect(await dues()).toEqual(['now'])
    await node.parties.deactivate('ciz')
    await give()
    expect([await given(), await dues(), await revoked()]).toEqual([[], [], []])
  })

  test('gives one that ends with the last day where the rule has no window', async () => {
    await write({ einddatum: '2027-03-01' })
    const findPack: GiveDueDeps['findPack'] = (...where) => {
      const pack = deps.findPack(...where)
      return (
        pack && {
          ...pack,
          authorizations: pack.authorizations.map(({ end: { window: _, ...end }, ...each }) => ({ ...each, end })),
        }
      )
    }
    await give({ findPack })
    const { expiresAt } = node.verifier.parse((await given())[0]?.raw ?? '')
    expect(new Date(expiresAt ?? 0).toISOString()).toBe('2027-03-01T23:00:00.000Z')
  })

  test('waits on quietly while its holder is not listed', async () => {
    await write({ initieelVerantwoordelijkZorgkantoor: '5997' })
    const said: string[] = []
    const log = { ...silentLog, warn: (words: string) => said.push(words) }
    await give({ log })
    await give({ log }, 'waiting')
    expect([said.length, await dues()]).toEqual([1, ['waiting']])
  })

  test('of more than a hundred is given each, and none any more when the node stops', async () => {
    const rows = Array.from({ length: 101 }, (_, at) =>
      put(dueAuthorizations, ['ciz', 'weg', 'REGEL', String(at)], { wanted: null, due: 'now' }),
    )
    await node.store.write(rows)
    await createGiveDue(deps)(AbortSignal.abort(), 'new')
    expect(await dues()).toHaveLength(101)
    await give()
    expect(await dues()).toEqual([])
  })

  test('waits for a holder who is not listed yet, and for nobody else', async () => {
    await write({ initieelVerantwoordelijkZorgkantoor: '5997' })
    await give()
    expect([await given(), await dues()]).toEqual([[], ['waiting']])
    await give({ readHolders: () => Promise.resolve(() => 'did:web:west.example') }, 'waiting')
    expect(await given()).toMatchObject([{ holder: 'did:web:west.example' }])
  })
})

describe('a record without a last day', () => {
  test('gives another one a month before the end, and the one of before ends by itself', async () => {
    await write({})
    await give()
    const [first] = await given()
    expect(first?.credentials[0]?.expiresAt).toBe(node.clock.now() + 400 * day)
    node.clock.move(369 * 24 * 3600)
    await give({}, 'waiting')
    expect(await revoked()).toEqual([false])
    node.clock.move(2 * 24 * 3600)
    await give({}, 'waiting')
    expect((await given())[0]?.credentials).toHaveLength(2)
    expect(await revoked()).toEqual([false, false])
    await remove()
    await give()
    expect(await revoked()).toEqual([true, true])
  })
})

describe('what was given', () => {
  test('is revoked when the responsibility moves, and the next one gets its own', async () => {
    await write({})
    await give()
    await write({ initieelVerantwoordelijkZorgkantoor: '5998' })
    await give()
    expect(await given()).toMatchObject([{ holder: zuid, identifier: '5998' }])
    expect(await revoked()).toEqual([true, false])
  })

  test.each([{}, { einddatum: '2027-03-01' }])('stays when the responsibility moves away and back: %j', async (end) => {
    await write(end)
    await give()
    await write({ ...end, initieelVerantwoordelijkZorgkantoor: '5998' })
    await write(end)
    const before = await given()
    await give()
    expect([await given(), await revoked()]).toEqual([before, [false]])
    expect(await dues()).not.toContain('now')
  })

  test('is revoked at once also when the next one is not listed', async () => {
    await write({})
    await give()
    await write({ initieelVerantwoordelijkZorgkantoor: '5997' })
    await give()
    expect([await given(), await dues(), await revoked()]).toEqual([[], ['waiting'], [true]])
  })

  test('is revoked when the record is removed', async () => {
    await write({})
    await give()
    await remove()
    await give()
    expect([await given(), await dues(), await revoked()]).toEqual([[], [], [true]])
  })

  test('ends earlier when the record gets a last day', async () => {
    await write({})
    await give()
    await write({ vervaldatum: '2026-11-20' })
    await give()
    expect(await revoked()).toEqual([true, false])
    expect(await given()).toMatchObject([{ end: '2026-11-20', holder: noord }])
  })
})

describe('a stop half-way', () => {
  test('before anything was issued loses nothing', async () => {
    await write({})
    await give({ issuer: { issue: () => Promise.reject(new NodeError('store.unavailable')) } }).catch(() => undefined)
    expect([await given(), await dues()]).toEqual([[], ['now']])
    await give()
    expect(await revoked()).toEqual([false])
  })

  test('after the credential was recorded gives no second one', async () => {
    await write({ einddatum: '2027-03-01' })
    const stopping: GiveDueDeps['issuer'] = {
      async issue(request) {
        await node.issuer.issue(request)
        throw new NodeError('store.unavailable')
      },
    }
    await give({ issuer: stopping }).catch(() => undefined)
    await give()
    expect(await revoked()).toEqual([false])
    expect(await dues()).toEqual([])
  })

  test('between revoking and giving the next one is made up for', async () => {
    await write({})
    await give()
    await write({ initieelVerantwoordelijkZorgkantoor: '5998' })
    await give({ issuer: { issue: () => Promise.reject(new NodeError('store.unavailable')) } }).catch(() => undefined)
    expect(await revoked()).toEqual([true])
    await give()
    expect(await given()).toMatchObject([{ holder: zuid }])
  })

  test('of one that cannot be given holds up no other', async () => {
    await write({})
    await give({ issuer: { issue: () => Promise.reject(new NodeError('credential.rule_broken')) } })
    expect(await dues()).toEqual(['waiting'])
    await give({}, 'waiting')
    expect(await given()).toMatchObject([{ holder: noord }])
  })

  test('two replicas at the same moment give one', async () => {
    await write({ einddatum: '2027-03-01' })
    await Promise.all([give(), give()])
    expect(await revoked()).toEqual([false])
    expect(await given()).toHaveLength(1)
  })
})
