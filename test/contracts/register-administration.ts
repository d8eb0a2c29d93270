import { describe, expect, test } from '@jest/globals'
import { createAudit } from '../../node/audit/audit.js'
import { NodeError } from '../../node/kernel/errors.js'
import { createRegisterAdministration } from '../../node/sources/register/administer.js'
import type { OnChange, RegisterAdministration } from '../../node/sources/register/administer.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createRegister } from '../../node/sources/register/register.js'
import { put } from '../../node/stores/contracts.js'
import type { Store } from '../../node/stores/contracts.js'
import { createOracle } from '../unit/sources/register/oracle.js'
import { permitFor } from '../support/permits.js'
import { regionRows } from '../support/region-rows.js'
import { rejectionOf } from '../support/refusals.js'
import { useStore, type Backend } from './backend.js'

const definition = loadRegisterDefinition('bemiddelingsregister-1')
const place = { name: 'bemiddelingen', party: 'zk', definition }
const acting = { by: 'een beheerder' }
const idOf = (number: number): string => `0d9a4f2e-6c3b-4b1f-9a7e-${String(number).padStart(12, '0')}`

const clientRecord = (number: number, changes: object = {}): object => ({
  type: 'Client',
  record: { clientID: idOf(number), bsn: '999990019', ...changes },
})
const bemiddelingRecord = (number: number, of: number): object => ({
  type: 'Bemiddeling',
  record: {
    bemiddelingID: idOf(number),
    clientID: idOf(of),
    wlzIndicatieID: idOf(900),
    verantwoordelijkZorgkantoor: '5999',
    verantwoordelijkheidIngangsdatum: '2026-01-01',
  },
})
const overdrachtRecord = (number: number, of: number): object => ({
  type: 'Overdracht',
  record: {
    overdrachtID: idOf(number),
    bemiddelingID: idOf(of),
    verantwoordelijkZorgkantoor: '5998',
    overdrachtDatum: '2026-03-01',
    verhuisDatum: '2026-03-01',
    vaststellingMoment: '2026-02-01T10:00:00Z',
  },
})

/** What the records of a register promise, whatever the store. */
export function registerAdministrationContract(backend: Backend): void {
  describe(`a register on ${backend.name}`, () => {
    const context = useStore(backend)

    function open(onChange?: OnChange): RegisterAdministration & { readonly store: Store } {
      const { store, clock } = context
      const node = { name: 'test', version: '0' }
      const audit = createAudit({ store, clock, node, pseudonymKey: Buffer.alloc(32) })
      return { ...createRegisterAdministration({ ...place, store, clock, audit, onChange }), store }
    }
    const write = (register: RegisterAdministration, ...changes: readonly object[]) =>
      register.write(changes as Parameters<RegisterAdministration['write']>[0], acting)
    const codeOf = async (promise: Promise<unknown>): Promise<string> => NodeError.codeOf(await rejectionOf(promise))

    test('writes a batch as a whole, in whatever order its records refer to each other', async () => {
      const register = open()
      const written = await write(register, overdrachtRecord(3, 2), bemiddelingRecord(2, 1), clientRecord(1))
      expect(written.map(({ type, outcome, version }) => [type, outcome, version])).toEqual([
        ['Overdracht', 'created', 1],
        ['Bemiddeling', 'created', 2],
        ['Client', 'created', 3],
      ])
    })

    test('writes nothing of a batch with a record that is wrong, or refers to one that is not there', async () => {
      const register = open()
      const dangling = await rejectionOf(write(register, clientRecord(1), bemiddelingRecord(2, 7)))
      expect([dangling.code, dangling.notes]).toEqual([
        'source.bad_record',
        ['changes[1].clientID: there is no Client with this key'],
      ])
      expect(await codeOf(write(register, clientRecord(1), clientRecord(2, { bsn: 5 })))).toBe('source.bad_record')
      expect(await register.changes({ after: 0, limit: 10 }, acting)).toEqual([])
    })

    test('keeps every version with when and by whom, also of what was removed', async () => {
      const register = open()
      await write(register, clientRecord(1))
      await register.write([{ type: 'client', record: { clientID: idOf(1), bsn: '999990020' } }], { by: 'een ander' })
      await write(register, { type: 'Client', remove: idOf(1).toUpperCase() })
      const history = await register.history('Client', idOf(1), acting)
      expect(history.map(({ kind, by, record, sequence }) => [sequence, kind, by, record?.['bsn']])).toEqual([
        [1, 'created', 'een beheerder', '999990019'],
        [2, 'changed', 'een ander', '999990020'],
        [3, 'removed', 'een beheerder', undefined],
      ])
      expect(history.every(({ at }) => at === new Date(context.clock.now()).toISOString())).toBe(true)
    })

    test('does not write again what is already so', async () => {
      const register = open()
      await write(register, clientRecord(1, { taal: null }))
      const [again] = await write(register, clientRecord(1))
      expect(again).toMatchObject({ outcome: 'unchanged', version: 1 })
      expect(await register.changes({ after: 0, limit: 10 }, acting)).toHaveLength(1)
    })

    test('refuses a change that expects another version, and takes the one that expects the right one', async () => {
      const register = open()
      await write(register, { ...clientRecord(1), expected: 'absent' })
      expect(await codeOf(write(register, { ...clientRecord(1), expected: 'absent' }))).toBe('source.record_conflict')
      const next = clientRecord(1, { taal: 'nl' })
      expect(await codeOf(write(register, { ...next, expected: 2 }))).toBe('source.record_conflict')
      const [changed] = await write(register, { ...next, expected: 1 })
      expect(changed?.version).toBe(2)
      await write(register, { type: 'Client', remove: idOf(1) })
      await write(register, clientRecord(1))
      // The version of before never comes back.
      expect(await codeOf(write(register, { type: 'Client', remove: idOf(1), expected: 2 }))).toBe(
        'source.record_conflict',
      )
    })

    test('refuses to remove what others refer to, unless they go in the same batch', async () => {
      const register = open()
      await write(register, clientRecord(1), bemiddelingRecord(2, 1))
      const removal = { type: 'Client', remove: idOf(1) }
      expect(await codeOf(write(register, removal))).toBe('source.record_referred')
      const [gone] = await write(register, removal, { type: 'Bemiddeling', remove: idOf(2) })
      expect(gone?.outcome).toBe('removed')
      expect(await codeOf(write(register, removal))).toBe('source.record_unknown')
    })

    test('refuses a second record where there can be one', async () => {
      const register = open()
      await write(register, clientRecord(1), bemiddelingRecord(2, 1), overdrachtRecord(3, 2))
      const second = await rejectionOf(write(register, overdrachtRecord(4, 2)))
      expect(second.notes.join()).toMatch(/^changes\[0\]\.bemiddelingID: another Overdracht refers/)
      await write(register, { type: 'Overdracht', remove: idOf(3) }, overdrachtRecord(4, 2))
    })

    test('refuses the same record twice in one batch', async () => {
      const twice = await rejectionOf(write(open(), clientRecord(1), clientRecord(1, { taal: 'nl' })))
      expect(twice.notes).toEqual(['changes[1]: the same record as changes[0]'])
    })

    test('tells changes in order, page by page', async () => {
      const register = open()
      const many = Array.from({ length: 400 }, (_, number) => clientRecord(number))
      await write(register, ...many)
      await write(register, ...Array.from({ length: 300 }, (_, number) => clientRecord(number, { taal: 'nl' })))
      const seen: number[] = []
      for (let after = 0; ;) {
        const page = await register.changes({ after, limit: 130 }, acting)
        seen.push(...page.map(({ sequence }) => sequence))
        if (page.length === 0) break
        after = page.at(-1)?.sequence ?? after
      }
      expect(seen).toEqual(Array.from({ length: 700 }, (_, number) => number + 1))
    })

    test('writes what the hook gives in the same batch, or nothing when that is refused', async () => {
      const outbox = { name: 'outbox' }
      const register = open(async (changes, view) =>
        Promise.all(
          changes.map(async ({ sequence, type, key }) =>
            put(
              outbox,
              [String(sequence)],
              { type, bsn: (await view.find(type, key))?.['bsn'] ?? null },
              { expected: 'absent' },
            ),
          ),
        ),
      )
      await write(register, clientRecord(1))
      const stored = await register.store.records.get(outbox, ['1'])
      expect(stored?.value).toEqual({ type: 'Client', bsn: '999990019' })
      await register.store.write([put(outbox, ['2'], {})])
      expect(await codeOf(write(register, clientRecord(2)))).toBe('source.unavailable')
      expect(await register.changes({ after: 1, limit: 10 }, acting)).toEqual([])
    })

    test('has one journal entry for each batch, with pseudonyms and without the numbers of persons', async () => {
      const register = open()
      await write(register, clientRecord(1), bemiddelingRecord(2, 1))
      const entries = await register.store.journal.read({ after: 0, limit: 10 })
      expect(entries).toHaveLength(1)
      expect(entries[0]?.value).toMatchObject({
        event: {
          code: 'register.changed',
          action: 'create',
          actor: { user: { id: 'een beheerder' } },
          object: { source: 'bemiddelingen', operation: 'Bemiddeling Client', recordCount: 2, through: 2 },
          persons: [expect.stringMatching(/^[\w-]{22}$/)],
        },
      })
      expect(JSON.stringify(entries)).not.toContain('999990019')
      await register.history('Client', idOf(1), acting)
      expect(JSON.stringify(await register.store.journal.read({ after: 1, limit: 10 }))).toContain('register.read')
    })

    test('numbers changes without gaps when two replicas write at the same moment', async () => {
      const replicas = [open(), open()]
      await Promise.all(
        Array.from({ length: 30 }, (_, number) => write(replicas[number % 2] ?? open(), clientRecord(number))),
      )
      const changes = await open().changes({ after: 0, limit: 100 }, acting)
      expect(changes.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 30 }, (_, number) => number + 1))
    })

    test('imports the rows that are right and says what is wrong with the others', async () => {
      const register = open()
      const rows = [
        clientRecord(1),
        { type: 'Client', cells: { clientID: idOf(2), bsn: '999990020', taal: '' } },
        { type: 'Client', cells: { clientID: 'x', bsn: '999990020' } },
        bemiddelingRecord(3, 2),
        bemiddelingRecord(4, 9),
        overdrachtRecord(5, 4),
        clientRecord(1),
        { type: 'Weg', record: {} },
      ] as Parameters<RegisterAdministration['importRows']>[0]
      const outcomes = await register.importRows(rows, acting)
      expect(outcomes.map((each) => ('notes' in each ? each.notes.join() : each.outcome))).toEqual([
        'created',
        'created',
        'rows[2].clientID: expected a UUID',
        'created',
        'rows[4].clientID: there is no Client with this key',
        'rows[5].bemiddelingID: there is no Bemiddeling with this key',
        'rows[6]: the same record as rows[0]',
        expect.stringMatching(/no such type/),
      ])
      const again = await register.importRows(rows, acting)
      expect(again.map(({ outcome }) => outcome).slice(0, 2)).toEqual(['unchanged', 'unchanged'])
    })

    test('exports what can be imported in that order, and answers what graphql-js answers', async () => {
      const rows = regionRows('bemiddelingsregister', { seed: 11, persons: 15 })
      const { store } = context
      const register = open()
      const source = createRegister({ ...place, store })
      await source.loadSeed(rows)
      const exported = []
      for await (const each of await register.exportRecords(acting)) exported.push(each)
      expect(exported).toHaveLength(Object.values(rows).reduce((total, list) => total + list.length, 0))

      const other = createRegisterAdministration({
        ...place,
        name: 'kopie',
        store,
        clock: context.clock,
        audit: createAudit({ ...context, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) }),
      })
      const outcomes = await other.importRows(exported, acting)
      expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['created']))

      const query = `{ client(where: { bemiddeling: { some: { bemiddelingspecificatie: { any: true } } } }) {
        bsn bemiddeling(order: [{ wlzIndicatieID: DESC }]) { wlzIndicatieID regiehouder { instelling } overdracht { overdrachtDatum } }
        contactpersoon(where: { einddatum: { eq: null } }, order: [{ volgorde: DESC }]) { volgorde contactgegevens { postcode } }
      } }`
      const expected = createOracle(definition.schema, rows)(query, {})
      for (const each of [source, createRegister({ ...place, name: 'kopie', store })]) {
        const request = each.parse({ query })
        const answer = await each.read(permitFor(request, { party: 'zk' }), request)
        expect(JSON.parse(answer.data)).toEqual(expected)
      }
    })

    test('does not bring back from a seed what was removed', async () => {
      const { store } = context
      const source = createRegister({ ...place, store })
      const seed = { Client: [{ clientID: idOf(1), bsn: '999990019' }] }
      expect(await source.loadSeed(seed)).toEqual({ added: 1, kept: 0 })
      await write(open(), { type: 'Client', remove: idOf(1) })
      expect(await source.loadSeed(seed)).toEqual({ added: 0, kept: 1 })
    })
  })
}
