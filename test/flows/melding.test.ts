import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import {
  checkedRecordsSchema,
  meldingListSchema,
  sentMeldingenSchema,
  toldMeldingenSchema,
} from '../../schemas/wire/melding.js'
import { overviewSchema } from '../../schemas/wire/overview.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const clock = createFixedClock(Date.parse('2026-11-26T09:00:00Z'))
const wrongID = '0b5a1c3e-4d2f-4a6b-8c7d-9e0f1a2b3c4d'
const recordID = `WlzIndicatie/${wrongID}`
const person = '999990366'

let region: Region

beforeAll(async () => {
  region = await startRegion({ clock })
}, 60_000)
afterAll(() => region.end())

const call = (name: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> =>
  region.world.member(name).administrator.call(method, `/internal/bronnet/v1/${path}`, body)

const waitingAtCiz = async () => meldingListSchema.parse(await call('ciz', 'GET', 'subjects/ciz/meldingen')).meldingen
const sentByNoord = async () =>
  sentMeldingenSchema.parse(await call('zorgkantoor-noord', 'GET', 'subjects/zorgkantoor-noord/sent-meldingen'))
    .meldingen

/** An indicatie like that of the seed, for a client of zorgkantoor Noord. */
function indicatie(einddatum: string | null): object {
  const text = readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')
  const { wlzIndicatie } = JSON.parse(text) as { wlzIndicatie: Record<string, unknown>[] }
  return {
    ...wlzIndicatie[0],
    wlzindicatieID: wrongID,
    bsn: person,
    ingangsdatum: '2026-06-01',
    einddatum,
    geindiceerdZorgzwaartepakket: [],
    initieelVerantwoordelijkZorgkantoor: '5999',
  }
}

const register = (einddatum: string | null): Promise<unknown> =>
  call('ciz', 'POST', 'registers/ciz/indicatieregister/changes', {
    by: 'registratie',
    changes: [{ type: 'WlzIndicatie', record: indicatie(einddatum) }],
  })

const askOverview = async () =>
  overviewSchema.parse(
    await call('zorgkantoor-noord', 'POST', 'subjects/zorgkantoor-noord/overview', {
      bsn: person,
      purposes: ['WLZ_UITVOERING'],
      basis: 'dossier 2026-8',
      by: 'consulent',
      records: [recordID],
    }),
  )

async function until<T>(look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  for (let turn = 0; turn < 100; turn += 1) {
    const found = await look()
    if (isThere(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it never came')
}

describe('a fault in a record at its source', () => {
  test('is found by who reads it, told to the bronhouder, mended there, and the answer comes by the ordinary event', async () => {
    await register('2026-05-01')
    const overview = await askOverview()
    expect(overview.faults).toEqual([
      {
        rule: 'NETIR1',
        omschrijving: 'De einddatum van een indicatie ligt niet voor de ingangsdatum.',
        recordID,
        organization: 'kvk:62253778',
        told: true,
      },
    ])

    const [melding] = await until(waitingAtCiz, (found) => found.length > 0)
    expect(melding).toMatchObject({
      rule: 'NETIR1',
      recordID,
      sender: { idType: 'UZOVI', id: '5999', name: 'Zorgkantoor Noord' },
      state: 'open',
      dueOn: '2026-11-27',
      overdue: false,
    })
    expect((await sentByNoord()).map(({ answeredAt }) => answeredAt)).toEqual([undefined])

    const account = await accountOf(region.world.member('ciz'), () => register(null))
    expect(account.filter(({ code }) => code === 'melding.changed')).toMatchObject([
      { actor: { user: { id: 'registratie' } }, object: { operation: 'hersteld' } },
    ])
    expect(await waitingAtCiz()).toEqual([])
    await until(sentByNoord, ([sent]) => sent?.answeredAt !== undefined)
    expect((await askOverview()).faults).toEqual([])
  })

  test('is told once, however often it is read', async () => {
    await register('2026-04-01')
    expect((await askOverview()).faults.map(({ told }) => told)).toEqual([true])
    expect((await askOverview()).faults.map(({ told }) => told)).toEqual([false])
    await until(waitingAtCiz, (found) => found.length > 0)
    await register(null)
  })

  test('is found in records that an application read, and told when it names the bronhouder', async () => {
    const checked = async (more: object) =>
      checkedRecordsSchema.parse(
        await call('zorgkantoor-noord', 'POST', 'subjects/zorgkantoor-noord/checked-records', {
          register: 'indicatieregister-2',
          type: 'WlzIndicatie',
          records: [{ wlzindicatieID: wrongID, afgiftedatum: '2026-07-01', ingangsdatum: '2026-06-01' }],
          by: 'toepassing',
          ...more,
        }),
      )
    expect(await checked({})).toMatchObject({ faults: [{ rule: 'NETIR2', recordID }], told: [] })
    const receiver = { idType: 'KVK', id: '62253778' }
    expect((await checked({ receiver })).told).toMatchObject([{ rule: 'NETIR2', recordID }])
  })
})

describe('a melding by hand', () => {
  test('names a published rule, and is rejected with a reason by who handles it', async () => {
    const draft = { rule: 'IRG0012', recordID, receiver: { idType: 'KVK', id: '62253778' }, by: 'consulent' }
    const told = await call('zorgkantoor-noord', 'POST', 'subjects/zorgkantoor-noord/meldingen', draft)
    expect(toldMeldingenSchema.parse(told).told).toHaveLength(1)
    const found = await until(waitingAtCiz, (all) => all.some(({ rule }) => rule === 'IRG0012'))
    const id = found.find(({ rule }) => rule === 'IRG0012')?.meldingID ?? ''
    const path = `subjects/ciz/meldingen/${id}/state`
    await expect(call('ciz', 'POST', path, { state: 'afgewezen', by: 'beheer' })).rejects.toThrow('400')
    const step = { state: 'afgewezen', reason: 'de gegevens kloppen', by: 'beheer' }
    expect(await call('ciz', 'POST', path, step)).toMatchObject({ state: 'afgewezen' })
    await expect(call('ciz', 'POST', path, step)).rejects.toThrow('409')
  })

  test('of another party is not found', async () => {
    await expect(call('ciz', 'GET', 'subjects/ciz/meldingen/onbekend')).rejects.toThrow('404')
  })
})

test('no journal and no answer about meldingen holds the number of the person', async () => {
  const all = [
    JSON.stringify(await region.world.member('ciz').administrator.journal(0)),
    JSON.stringify(await region.world.member('zorgkantoor-noord').administrator.journal(0)),
    JSON.stringify(await call('ciz', 'GET', 'subjects/ciz/meldingen?all=true')),
  ].join('\n')
  expect(all).not.toContain(person)
  expect(all).toContain('melding.changed')
})
