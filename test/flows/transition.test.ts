import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { Participant } from '../../scripts/demo/participants.js'
import { transitionListSchema } from '../../schemas/wire/overview.js'
import { recordId, toewijzingChange } from '../support/gemeente-register.js'
import { startRegion, type Region } from '../support/region.js'

const clock = createFixedClock(Date.parse('2026-11-26T09:00:00Z'))
const person = '999990366'
const indicatieID = '0b5a1c3e-4d2f-4a6b-8c7d-9e0f1a2b3c4d'
const toewijzingID = recordId('c', 1)

const gemeente: Participant = {
  name: 'gemeente',
  publicPort: 0,
  tlsPort: 0,
  internalPort: 0,
  organization: {
    name: 'Gemeente Lindedorp',
    city: 'Lindedorp',
    id: '9996',
    id_type: 'gemeentecode',
    role: 'gemeente',
  },
  desks: ['gemeente-wmo'],
  sources: [
    {
      name: 'toewijzingsregister',
      kind: 'register',
      schema: 'toewijzingsregister-1',
      pack: 'toewijzingsregister',
    },
  ],
}

let region: Region

beforeAll(async () => {
  region = await startRegion({
    clock,
    extra: [gemeente],
    configure: (name, settings) =>
      name === 'gemeente'
        ? {
            ...settings,
            parties: (settings.parties ?? []).map((party) => ({
              ...party,
              notifications: {
                abonnementen: [
                  {
                    bronhouder: 'ciz',
                    eventType: 'NIEUWE_INDICATIE_GEMEENTE',
                    doel: 'WMO_UITVOERING',
                    zaken: 'toewijzingsregister',
                  },
                ],
              },
            })),
          }
        : settings,
  })
  await keepCase('2026-12-31')
  await until(async () => JSON.stringify(await call('ciz', 'GET', 'abonnementen/ciz/given')).includes('abonnementID'))
}, 60_000)
afterAll(() => region.end())

const call = (name: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> =>
  region.world.member(name).administrator.call(method, `/internal/bronnet/v1/${path}`, body)

async function keepCase(end: string): Promise<void> {
  const [clientID, besluitID, from] = [recordId('a', 1), recordId('b', 1), '2026-01-01']
  const besluit = { besluitID, clientID, domein: 'WMO', gemeente: '9996', afgiftedatum: from, ingangsdatum: from }
  await call('gemeente', 'POST', 'registers/gemeente/toewijzingsregister/changes', {
    by: 'test',
    changes: [
      { type: 'Client', record: { clientID, bsn: person } },
      { type: 'Besluit', record: { ...besluit, einddatum: null } },
      toewijzingChange({ number: 1, besluitID, aanbieder: '06999901', from, until: end }),
    ],
  })
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 150; turn += 1) {
    if (await isSo()) return
    await sleep(100)
  }
  throw new Error('it did not come to be so')
}

interface Message {
  readonly eventType: string
  readonly afzenderID: string
  readonly subjectList: readonly { readonly recordID: string }[]
}

async function gapsIn(name: string): Promise<readonly Message[]> {
  const page = (await call(name, 'GET', `notifications/inbox/${name}?limit=100`)) as { messages: readonly Message[] }
  return page.messages.filter(({ eventType }) => eventType.startsWith('OVERGANGSGAT'))
}

const watched = async () =>
  transitionListSchema.parse(await call('gemeente', 'GET', 'subjects/gemeente/transitions')).transitions

function registerIndicatie(): Promise<unknown> {
  const text = readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')
  const { wlzIndicatie } = JSON.parse(text) as { wlzIndicatie: Record<string, unknown>[] }
  const record = {
    ...wlzIndicatie[0],
    wlzindicatieID: indicatieID,
    bsn: person,
    afgiftedatum: '2026-11-26',
    ingangsdatum: '2027-01-11',
    einddatum: null,
    geindiceerdZorgzwaartepakket: [],
    initieelVerantwoordelijkZorgkantoor: '5999',
  }
  const changes = [{ type: 'WlzIndicatie', record }]
  return call('ciz', 'POST', 'registers/ciz/indicatieregister/changes', { by: 'registratie', changes })
}

describe('days without care between the end of a toewijzing and an indicatie', () => {
  test('are told to the gemeente and to the zorgkantoor before they come, by pointers alone', async () => {
    await registerIndicatie()
    await until(async () => (await gapsIn('zorgkantoor-noord')).length > 0)
    expect(await gapsIn('gemeente')).toMatchObject([
      {
        eventType: 'OVERGANGSGAT_GEMEENTE',
        afzenderID: '9996',
        subjectList: [{ subject: `WlzIndicatie/${indicatieID}`, recordID: `Toewijzing/${toewijzingID}` }],
      },
    ])
    const there = await gapsIn('zorgkantoor-noord')
    expect(there).toMatchObject([
      {
        eventType: 'OVERGANGSGAT_ZORGKANTOOR',
        afzenderID: '9996',
        subjectList: [{ subject: `WlzIndicatie/${indicatieID}`, recordID: `WlzIndicatie/${indicatieID}` }],
      },
    ])
    expect(JSON.stringify(there)).not.toContain(person)
    expect(await watched()).toMatchObject([{ state: 'watched', failures: 0, recordID: `WlzIndicatie/${indicatieID}` }])
  })

  test('are told once, and again when they are other days', async () => {
    const atGemeente = (await gapsIn('gemeente')).length
    const at = async () => (await watched())[0]?.toldAt
    const before = await at()
    clock.move(60)
    await keepCase('2027-01-10')
    await until(async () => (await watched())[0]?.state === 'watched')
    await sleep(1500)
    // The toewijzing runs on until the indicatie begins: nothing to tell.
    expect([(await gapsIn('gemeente')).length, await at()]).toEqual([atGemeente, before])
    clock.move(60)
    await keepCase('2026-12-20')
    await until(async () => (await gapsIn('gemeente')).length === atGemeente + 1)
    await until(async () => (await gapsIn('zorgkantoor-noord')).length === 2)
  })

  test('leave an account of who was asked and what was told, and no number of a person', async () => {
    const journal = await region.world.member('gemeente').administrator.journal(0)
    const codes = journal.map(({ event }) => event.code)
    expect(codes.filter((code) => code === 'transition.flagged')).toHaveLength(2)
    expect(journal.some(({ event }) => event.actor?.user?.id === 'node: overgang')).toBe(true)
    const there = await region.world.member('ciz').administrator.journal(0)
    expect(there.some(({ event }) => event.code === 'read.answered' && event.rule === 'OVERGANG-WMO.v1')).toBe(true)
    expect(JSON.stringify([journal, there])).not.toContain(person)
  })
})
