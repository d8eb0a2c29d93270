import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { Participant } from '../../scripts/demo/participants.js'
import { overviewSchema, transitionListSchema, type Overview } from '../../schemas/wire/overview.js'
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

async function* overviewsOf(answer: Response): AsyncGenerator<Overview, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data !== undefined) yield overviewSchema.parse(JSON.parse(data))
    }
  }
  return undefined
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

describe('who looks at an overview', () => {
  test('sees the indicatie as soon as the gemeente is told of it, each time with an account', async () => {
    const stop = new AbortController()
    const { internalUrl } = region.world.member('gemeente')
    const answer = await fetch(`${internalUrl}/internal/bronnet/v1/subjects/gemeente/overview/live`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ bsn: person, purposes: ['WMO_UITVOERING'], basis: 'zaak 2026-17', by: 'consulent' }),
      signal: stop.signal,
    })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    const overviews = overviewsOf(answer)
    const first = await overviews.next()
    expect(first.value?.timeline.map(({ soort }) => soort)).toEqual(['toewijzing'])

    await registerIndicatie()
    const second = await overviews.next()
    expect(second.value?.timeline.map(({ soort, van }) => [soort, van])).toEqual([
      ['toewijzing', '2026-01-01'],
      ['indicatie', '2027-01-11'],
    ])
    expect(second.value?.gaps).toEqual([{ van: '2027-01-01', tot: '2027-01-10', days: 10 }])
    stop.abort()
    const asked = (await region.world.member('gemeente').administrator.journal(0)).filter(
      ({ event }) =>
        event.code === 'overview.asked' && event.actor?.user?.id === 'consulent' && event.phase === 'intent',
    )
    expect(asked.length).toBeGreaterThanOrEqual(2)
  })

  test('must have a basis there too', async () => {
    const body = { bsn: person, purposes: ['WMO_UITVOERING'], by: 'consulent' }
    await expect(call('gemeente', 'POST', 'subjects/gemeente/overview/live', body)).rejects.toThrow('400')
  })
})

describe('days without care between the end of a toewijzing and an indicatie', () => {
  test('are told to the gemeente and to the zorgkantoor before they come, by pointers alone', async () => {
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

  test('are told as soon as CIZ can be asked again, once, when it was down', async () => {
    const [atGemeente, atZorgkantoor] = [(await gapsIn('gemeente')).length, (await gapsIn('zorgkantoor-noord')).length]
    await region.world.stopMember('ciz')
    clock.move(60)
    await keepCase('2026-12-10')
    await until(async () => ((await watched())[0]?.failures ?? 0) > 0)
    expect(await watched()).toMatchObject([{ state: 'due', lastError: 'outbound.failed' }])
    expect(await gapsIn('gemeente')).toHaveLength(atGemeente)

    await region.world.startMember('ciz')
    clock.move(60)
    await until(async () => (await gapsIn('zorgkantoor-noord')).length > atZorgkantoor)
    expect(await watched()).toMatchObject([{ state: 'watched', failures: 0 }])
    clock.move(3600)
    await sleep(1500)
    expect([(await gapsIn('gemeente')).length, (await gapsIn('zorgkantoor-noord')).length]).toEqual([
      atGemeente + 1,
      atZorgkantoor + 1,
    ])
  }, 60_000)
})
