import { describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../../node/audit/audit.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { createEnqueue } from '../../../../node/notifications/outbox/enqueue.js'
import { createNotifyChanges } from '../../../../node/notifications/outbox/notify-changes.js'
import { createTell, type TellDeps } from '../../../../node/notifications/outbox/tell.js'
import { pendingDeliveries, type Delivery } from '../../../../node/notifications/outbox/outbox-records.js'
import { loadEventTypes } from '../../../../node/policy/event-types.js'
import { createRegisterAdministration } from '../../../../node/sources/register/administer.js'
import type { RegisterAdministration } from '../../../../node/sources/register/administer.js'
import { loadRegisterDefinition } from '../../../../node/sources/register/definition.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { readAll } from '../../../../node/stores/read-all.js'
import { remove } from '../../../../node/stores/contracts.js'
import { moment } from '../../../support/outbox-world.js'

const idOf = (number: number): string => `0d9a4f2e-6c3b-4b1f-9a7e-${String(number).padStart(12, 'a')}`

/** A register whose changes are told. */
function open(
  schema: string,
  given: Partial<TellDeps> & { readonly sandbox?: boolean; readonly participates?: () => boolean } = {},
) {
  const clock = createFixedClock(moment)
  const store = createMemoryStore({ clock })
  const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  const eventTypes = loadEventTypes({ sandbox: given.sandbox ?? false })
  const tell = createTell({
    clock,
    audit,
    eventTypes,
    enqueue: createEnqueue({ clock, audit, findEventType: (name) => eventTypes.find(name) }),
    matching: () => Promise.resolve([]),
    tellerOf: () => Promise.resolve(undefined),
    ...given,
  })
  const notify = createNotifyChanges({ eventTypes, tell, participates: given.participates ?? (() => true) })
  const register = createRegisterAdministration({
    name: 'bron',
    party: 'bronhouder',
    definition: loadRegisterDefinition(schema),
    store,
    clock,
    audit,
    onChange: (changes, view) => notify({ party: 'bronhouder', source: 'bron', schema }, changes, view),
  })
  const seen: Delivery[] = []
  return {
    store,
    /** Every row that was there. */
    rows: seen as readonly Delivery[],
    /** Writes, and says who is told of what. */
    async write(...changes: readonly object[]): Promise<readonly string[]> {
      await register.write(changes as Parameters<RegisterAdministration['write']>[0], { by: 'een beheerder' })
      const rows = await readAll(store.records, pendingDeliveries)
      seen.push(...rows.map(({ value }) => value))
      await store.write(rows.map(({ key }) => remove(pendingDeliveries, key)))
      return rows
        .map(({ value: { eventType, receiver, recordID, ontvangerKenmerk } }) =>
          [eventType, `${receiver.idType}:${receiver.id}`, recordID, ontvangerKenmerk].filter(Boolean).join(' '),
        )
        .sort()
    },
  }
}

const indicatie = (changes: object = {}): object => ({
  type: 'WlzIndicatie',
  record: {
    wlzindicatieID: idOf(1),
    bsn: '999990019',
    besluitnummer: 1,
    soortWlzindicatie: '1',
    afgiftedatum: '2026-11-01',
    ingangsdatum: '2026-11-01',
    initieelVerantwoordelijkZorgkantoor: '5999',
    client: {
      clientID: idOf(2),
      bsn: '999990019',
      geheimeClient: '2',
      geboorteDatum: '1950-01-01',
      geslacht: '1',
      geslachtsnaam: 'Voorbeeld',
      naamGebruik: '1',
      contactGegevens: [],
    },
    ...changes,
  },
})
const toZorgkantoor = (event: string, uzovi = '5999'): string => `${event} UZOVI:${uzovi} WlzIndicatie/${idOf(1)}`

describe('an indicatie', () => {
  test('is told to the zorgkantoor that it names: new, changed, withdrawn and removed', async () => {
    const { write } = open('indicatieregister-2')
    expect(await write(indicatie())).toEqual([toZorgkantoor('NIEUWE_INDICATIE_ZORGKANTOOR')])
    expect(await write(indicatie())).toEqual([])
    expect(await write(indicatie({ besluitnummer: 2 }))).toEqual([toZorgkantoor('GEWIJZIGDE_INDICATIE_ZORGKANTOOR')])
    expect(await write(indicatie({ besluitnummer: 2, vervaldatum: '2026-11-20' }))).toEqual([
      toZorgkantoor('VERVALLEN_INDICATIE_ZORGKANTOOR'),
    ])
    expect(await write({ type: 'WlzIndicatie', remove: idOf(1) })).toEqual([
      toZorgkantoor('VERWIJDERDE_INDICATIE_ZORGKANTOOR'),
    ])
  })

  test('that goes to another zorgkantoor is told to both', async () => {
    const { write } = open('indicatieregister-2')
    await write(indicatie())
    expect(await write(indicatie({ initieelVerantwoordelijkZorgkantoor: '5998' }))).toEqual([
      toZorgkantoor('GEWIJZIGDE_INDICATIE_ZORGKANTOOR', '5998'),
      toZorgkantoor('GEWIJZIGDE_INDICATIE_ZORGKANTOOR'),
    ])
  })

  test('with a zorgkantoor that is no number of one is written, and told to nobody', async () => {
    const { write } = open('indicatieregister-2')
    expect(await write(indicatie({ initieelVerantwoordelijkZorgkantoor: 'onbekend' }))).toEqual([])
  })

  test('is told to nobody by a party that takes no part', async () => {
    const { write } = open('indicatieregister-2', { participates: () => false })
    expect(await write(indicatie())).toEqual([])
  })

  test('is told to who asked, with what it asked by, and only where there is a ground', async () => {
    const asked: unknown[] = []
    const gemeente = { idType: 'OIN', id: '00000001002220647000' } as const
    const { write } = open('indicatieregister-2', {
      matching(query) {
        asked.push(query)
        if (query.eventType !== 'NIEUWE_INDICATIE_GEMEENTE') return Promise.resolve([])
        return Promise.resolve([
          { receiver: gemeente, role: 'gemeente-wmo', abonnementID: 'abonnement-1' },
          { receiver: gemeente, role: 'gemeente-jw', abonnementID: 'abonnement-2' },
          { receiver: gemeente, role: 'gemeente-wmo', abonnementID: 'abonnement-3' },
        ])
      },
    })
    const told = await write(indicatie())
    expect(told.filter((each) => each.includes('GEMEENTE'))).toEqual([
      `NIEUWE_INDICATIE_GEMEENTE OIN:00000001002220647000 WlzIndicatie/${idOf(1)} abonnement-1`,
      `NIEUWE_INDICATIE_GEMEENTE OIN:00000001002220647000 WlzIndicatie/${idOf(1)} abonnement-3`,
    ])
    expect(asked).toContainEqual({ party: 'bronhouder', eventType: 'NIEUWE_INDICATIE_GEMEENTE', bsn: '999990019' })
  })

  test('leaves no number or name in what is stored to be sent', async () => {
    const { store, rows, write } = open('indicatieregister-2')
    await write(indicatie())
    const entries = (await store.journal.read({ after: 0, limit: 100 })).map(({ value }) => JSON.stringify(value))
    const queued = entries.filter((text) => text.includes('notification.queued'))
    expect([queued.length, rows.length]).toEqual([1, 1])
    expect(queued.join() + JSON.stringify(rows)).not.toMatch(/999990019|Voorbeeld/)
  })
})

describe('a bemiddeling', () => {
  const bemiddeling = {
    bemiddelingID: idOf(2),
    clientID: idOf(1),
    wlzIndicatieID: idOf(9),
    verantwoordelijkZorgkantoor: '5999',
    verantwoordelijkheidIngangsdatum: '2026-01-01',
  }
  const specificatie = (number: number, changes: object = {}): object => ({
    type: 'Bemiddelingspecificatie',
    record: {
      bemiddelingspecificatieID: idOf(number),
      bemiddelingID: idOf(2),
      leveringsvorm: '1',
      zzpCode: '020',
      toewijzingIngangsdatum: '2026-01-01',
      instelling: '41000001',
      uitvoerendZorgkantoor: '5999',
      vaststellingMoment: '2026-01-01T10:00:00Z',
      soortToewijzing: '1',
      ...changes,
    },
  })
  const about = (event: string, receiver: string, number: number): string =>
    `${event} ${receiver} Bemiddelingspecificatie/${idOf(number)}`

  async function opened() {
    const { write } = open('bemiddelingsregister-1')
    await write(
      { type: 'Client', record: { clientID: idOf(1), bsn: '999990019' } },
      { type: 'Bemiddeling', record: bemiddeling },
    )
    return write
  }

  test('is told to the instelling, and to no zorgkantoor when one does everything', async () => {
    const write = await opened()
    expect(await write(specificatie(3))).toEqual([
      about('NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'AGB:41000001', 3),
    ])
  })

  test('is told to the zorgkantoor that does it for another', async () => {
    const write = await opened()
    expect(await write(specificatie(3, { uitvoerendZorgkantoor: '5998' }))).toEqual([
      about('NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'AGB:41000001', 3),
      about('NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGKANTOOR', 'UZOVI:5998', 3),
    ])
  })

  test('is told to other instellingen of the same bemiddeling, as information', async () => {
    const write = await opened()
    await write(specificatie(3))
    expect(await write(specificatie(4, { instelling: '41000002' }))).toEqual([
      about('INFORMATIEVE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'AGB:41000001', 4),
      about('NIEUWE_BEMIDDELINGSPECIFICATIE_ZORGAANBIEDER', 'AGB:41000002', 4),
    ])
  })
})

describe('a levering', () => {
  const levering = (reference: object): object => ({
    type: 'Levering',
    record: { leveringID: idOf(2), clientID: idOf(1), ...reference },
  })
  const periode = (changes: object = {}): object => ({
    type: 'Leveringperiode',
    record: {
      leveringperiodeID: idOf(3),
      leveringID: idOf(2),
      ingangsdatum: '2026-02-01',
      vaststellingMoment: '2026-02-01T10:00:00Z',
      ...changes,
    },
  })

  test('is told to who told of what is delivered', async () => {
    const { write } = open('leveringsregister-1', {
      tellerOf: (party, recordID) =>
        Promise.resolve(
          recordID === `Bemiddelingspecificatie/${idOf(7)}` && party === 'bronhouder'
            ? { idType: 'UZOVI', id: '5999' }
            : undefined,
        ),
    })
    await write(
      { type: 'Client', record: { clientID: idOf(1), bsn: '999990019' } },
      levering({ bemiddelingspecificatieID: idOf(7) }),
    )
    expect(await write(periode())).toEqual([`NIEUWE_LEVERINGPERIODE_ZORGKANTOOR UZOVI:5999 Leveringperiode/${idOf(3)}`])
    expect(await write(periode({ einddatum: '2026-12-01' }))).toEqual([
      `GEWIJZIGDE_LEVERINGPERIODE_ZORGKANTOOR UZOVI:5999 Leveringperiode/${idOf(3)}`,
    ])
  })

  test('of a toewijzing is told to the gemeente, also when it has an end', async () => {
    const { write } = open('leveringsregister-1', {
      tellerOf: (_party, recordID) =>
        Promise.resolve(recordID.startsWith('Toewijzing/') ? { idType: 'OIN', id: '00000001002220647000' } : undefined),
    })
    await write(
      { type: 'Client', record: { clientID: idOf(1), bsn: '999990019' } },
      levering({ toewijzingID: idOf(7) }),
    )
    const about = `OIN:00000001002220647000 Leveringperiode/${idOf(3)}`
    expect(await write(periode())).toEqual([`NIEUWE_LEVERINGPERIODE_GEMEENTE ${about}`])
    expect(await write(periode({ einddatum: '2026-12-01' }))).toEqual([`BEEINDIGDE_LEVERING_GEMEENTE ${about}`])
    expect(await write(periode({ einddatum: '2026-12-02' }))).toEqual([])
  })
})
