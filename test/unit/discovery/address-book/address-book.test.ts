import { beforeEach, describe, expect, test } from '@jest/globals'
import { createAddressBook, type AddressBook } from '../../../../node/discovery/address-book/address-book.js'
import { createNodeParts, moment, type NodeParts } from '../../../support/node-parts.js'
import { rejectionOf } from '../../../support/refusals.js'
import { electronicService, listOf, role } from './example.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const day = 86_400_000

let node: NodeParts
let book: AddressBook
beforeEach(() => {
  node = createNodeParts()
  book = createAddressBook({ ...node, loopback: false })
})

const importList = (list: unknown, changes: { readonly validUntil?: number; readonly skipBroken?: boolean } = {}) =>
  book.import({ list, by: 'beheerder', validUntil: moment + 30 * day, skipBroken: false, trace, ...changes })

const ciz = { organization: 'ciz', code: 'REGISTER', environment: 'TST' } as const
const noord = { organization: 'uzovi:5555', code: 'REGISTER', environment: 'TST' } as const
const serviceOfNoord = electronicService({ gegevensdienstId: '5555_REGISTER_TST' })
const exported = (environment?: 'PRD' | 'TST' | 'ACC') => book.export({ environment, by: undefined, trace })

describe('an address book', () => {
  test('has what the last import said, and who answers for it stands in the journal', async () => {
    const { imported } = await importList(listOf(electronicService(), serviceOfNoord))
    expect(await book.find(ciz)).toMatchObject({ audience: 'https://ciz.example.nl/graphql', at: moment })
    expect(await book.lastImport()).toEqual(imported)
    expect(imported).toMatchObject({
      by: 'beheerder',
      addresses: 2,
      digest: expect.stringMatching(/^sha-256:[\w-]{43}$/),
    })
    expect((await node.journal()).at(-1)).toMatchObject({
      code: 'addressbook.imported',
      actor: { user: { id: 'beheerder' } },
      object: { recordCount: 2 },
      reasons: ['it counts until 2026-12-24T09:00:00Z'],
    })
  })

  test('forgets what another import does not say', async () => {
    await importList(listOf(electronicService(), serviceOfNoord))
    await importList(listOf(serviceOfNoord))
    expect([await book.find(ciz), (await book.find(noord))?.organization]).toEqual([undefined, 'uzovi:5555'])
    expect(await exported()).toEqual(listOf(serviceOfNoord))
  })

  test('is over at its end, also for who exports it, and says that it was there', async () => {
    await importList(listOf(electronicService()), { validUntil: moment + 1000 })
    node.clock.move(1)
    expect(await book.find(ciz)).toBeDefined()
    node.clock.move(0.001)
    expect([await book.find(ciz), await exported()]).toEqual([undefined, listOf()])
    expect(await book.lastImport()).toMatchObject({ validUntil: moment + 1000 })
  })

  test.each([moment, moment - 1, moment + 367 * day, Number.NaN])('is not imported until %i', async (validUntil) => {
    expect((await rejectionOf(importList(listOf(), { validUntil }))).code).toBe('request.bad_parameters')
  })

  test('stays as it was when a list is broken, and the faults are told; with leave it takes the good services', async () => {
    await importList(listOf(serviceOfNoord))
    const broken = listOf(electronicService(), electronicService({ gegevensdienstId: 'CIZ' }))
    const refusal = await rejectionOf(importList(broken))
    expect([refusal.code, refusal.notes]).toEqual([
      'discovery.address_list_malformed',
      [expect.stringContaining('electronicServices[1].gegevensdienstId: ')],
    ])
    expect(await book.find(noord)).toBeDefined()
    const { leftOut } = await importList(broken, { skipBroken: true })
    expect(leftOut).toEqual(refusal.notes)
    expect([await book.find(noord), (await book.find(ciz))?.code]).toEqual([undefined, 'REGISTER'])
    expect((await node.journal()).at(-1)?.reasons).toContain('1 faults in services that were left out')
  })

  test('is one of two that are imported at the same moment, and no mixture', async () => {
    const lists = [listOf(electronicService()), listOf(serviceOfNoord)]
    await Promise.all(lists.map((list) => importList(list)))
    expect(lists).toContainEqual(await exported())
    const last = await book.lastImport()
    expect(last?.addresses).toBe(1)
  })

  test('is exported for one environment, with an account', async () => {
    const production = electronicService({ gegevensdienstId: 'CIZ_REGISTER_PRD' })
    await importList(listOf(electronicService(), production))
    expect(await exported('PRD')).toEqual(listOf(production))
    expect(await exported('ACC')).toEqual(listOf())
    expect((await node.journal()).at(-1)).toMatchObject({
      code: 'addressbook.exported',
      action: 'read',
      object: { recordCount: 0 },
    })
  })

  test('keeps several codes of an organisation apart', async () => {
    const systeemrollen = [
      role('NOTIFICATIE_INDICATIE', 'https://i.example.nl'),
      role('NOTIFICATIE_BEMIDDELING', 'https://b.example.nl'),
    ]
    await importList(listOf(electronicService({ gegevensdienstId: '12121212_NOTIFICATIE_TST', systeemrollen })))
    const named = { organization: 'agb:12121212', environment: 'TST' } as const
    expect((await book.find({ ...named, code: 'NOTIFICATIE_BEMIDDELING' }))?.audience).toBe('https://b.example.nl')
    expect(await book.find({ ...named, code: 'MELDING' })).toBeUndefined()
    expect(await book.find({ ...named, code: 'NOTIFICATIE_BEMIDDELING', environment: 'PRD' })).toBeUndefined()
  })
})
