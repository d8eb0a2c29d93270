import { expect, test } from '@jest/globals'
import { createAudit } from '../../../../node/audit/audit.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { createRegisterAdministration } from '../../../../node/sources/register/administer.js'
import type { RegisterAdministration } from '../../../../node/sources/register/administer.js'
import type { ChangeView } from '../../../../node/sources/register/change-view.js'
import type { RegisterChange } from '../../../../node/sources/register/change-log.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'

const idOf = (number: number): string => `0d9a4f2e-6c3b-4b1f-9a7e-${String(number).padStart(12, '0')}`
const persons = { clientID: idOf(1), bsn: '999990019' }
const bemiddeling = {
  bemiddelingID: idOf(2),
  clientID: idOf(1),
  wlzIndicatieID: idOf(900),
  verantwoordelijkZorgkantoor: '5999',
  verantwoordelijkheidIngangsdatum: '2026-01-01',
}
const overdracht = {
  overdrachtID: idOf(3),
  bemiddelingID: idOf(2),
  verantwoordelijkZorgkantoor: '5998',
  overdrachtDatum: '2026-03-01',
  verhuisDatum: '2026-03-01',
  vaststellingMoment: '2026-02-01T10:00:00Z',
}
const specificatie = (number: number, uitvoerendZorgkantoor: string): object => ({
  bemiddelingspecificatieID: idOf(number),
  bemiddelingID: idOf(2),
  leveringsvorm: '1',
  zzpCode: '020',
  toewijzingIngangsdatum: '2026-01-01',
  uitvoerendZorgkantoor,
  vaststellingMoment: '2026-01-01T10:00:00Z',
  soortToewijzing: '1',
})

/** A register, and what `look` saw at each change. */
function open<T>(look: (change: RegisterChange, view: ChangeView) => Promise<T>) {
  const clock = createFixedClock(Date.parse('2026-11-26T12:00:00Z'))
  const store = createMemoryStore({ clock })
  const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  const seen: T[] = []
  const register = createRegisterAdministration({
    name: 'bemiddelingen',
    party: 'zk',
    definition: loadRegisterDefinition('bemiddelingsregister-1'),
    store,
    clock,
    audit,
    async onChange(changes, view) {
      for (const change of changes) seen.push(await look(change, view))
      return []
    },
  })
  const write = async (...changes: readonly object[]): Promise<readonly T[]> => {
    await register.write(changes as Parameters<RegisterAdministration['write']>[0], { by: 'een beheerder' })
    return seen.splice(0)
  }
  return { write }
}

const first = [
  { type: 'Client', record: persons },
  { type: 'Bemiddeling', record: bemiddeling },
  { type: 'Overdracht', record: overdracht },
]

test('a value is found over other records, as it will be and as it was', async () => {
  const { write } = open(async (change, view) => [
    change.type,
    await view.valuesAt(change, 'verantwoordelijkZorgkantoor'),
    view.before(change.type, change.key)?.['verantwoordelijkZorgkantoor'],
  ])
  expect(await write(...first)).toEqual([
    ['Client', [], undefined],
    ['Bemiddeling', ['5999'], undefined],
    ['Overdracht', ['5998'], undefined],
  ])
  expect(await write({ type: 'Overdracht', record: { ...overdracht, verantwoordelijkZorgkantoor: '5997' } })).toEqual([
    ['Overdracht', ['5997', '5998'], '5998'],
  ])
  expect(await write({ type: 'Overdracht', remove: idOf(3) })).toEqual([['Overdracht', ['5997'], '5997']])
})

test('a list on the way stands for each of its records, those of the same batch too', async () => {
  const { write } = open((change, view) =>
    view.valuesAt(change, 'bemiddeling.bemiddelingspecificatie.uitvoerendZorgkantoor'),
  )
  await write(...first, { type: 'Bemiddelingspecificatie', record: specificatie(5, '5001') })
  const [values] = await write({ type: 'Bemiddelingspecificatie', record: specificatie(6, '5002') })
  expect([...(values ?? [])].sort()).toEqual(['5001', '5002'])
})

test('the person of a record is known, also of one that is removed', async () => {
  const { write } = open((change, view) => view.personOf(change))
  expect(await write(...first)).toEqual(['999990019', '999990019', '999990019'])
  expect(await write({ type: 'Overdracht', remove: idOf(3) }, { type: 'Bemiddeling', remove: idOf(2) })).toEqual([
    '999990019',
    '999990019',
  ])
})
