import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createMovableClock } from '../../node/kernel/clock.js'
import { addDays, dayOf } from '../../node/policy/day.js'
import { gemeenteCalled, keepOwnCase } from '../support/gemeente-case.js'
import { recordId, testPersons } from '../support/gemeente-register.js'
import { startRegion, type Region } from '../support/region.js'

const clock = createMovableClock()
clock.move((Date.parse('2027-01-15T09:00:00Z') - clock.now()) / 1000)
const [person] = testPersons
/** One tells earlier than the event type says, one never, and one as it says. */
const chosen = { early: 120, silent: 'off', usual: undefined } as const
const gemeenten = Object.keys(chosen).map((name, at) => gemeenteCalled(name, String(9994 + at)))
let region: Region

beforeAll(async () => {
  region = await startRegion({
    clock,
    extra: gemeenten,
    configure: (name, settings) => {
      const days = name in chosen ? chosen[name as keyof typeof chosen] : undefined
      const timers = days === undefined ? {} : { AFLOPENDE_TOEWIJZING_ZORGAANBIEDER: days }
      return name in chosen
        ? {
            ...settings,
            parties: (settings.parties ?? []).map((party) => ({ ...party, notifications: { timers } })),
          }
        : settings
    },
  })
}, 60_000)
afterAll(() => region.end())

const inDays = (days: number): string => addDays(dayOf(clock.now()), days)
const nodeOf = (name: string) => region.world.member(name).administrator

interface Message {
  readonly eventType: string
  readonly afzenderID: string
  readonly subjectList: readonly { readonly recordID: string }[]
}

/** Who told the zorgaanbieder of toewijzingen that end. */
async function told(): Promise<readonly Message[]> {
  const path = '/internal/bronnet/v1/notifications/inbox/zorgaanbieder?limit=100'
  const { messages } = (await nodeOf('zorgaanbieder').call('GET', path)) as { readonly messages: readonly Message[] }
  return messages.filter(({ eventType }) => eventType.startsWith('AFLOPENDE'))
}

async function untilTold(count: number): Promise<readonly Message[]> {
  for (let turn = 0; turn < 150 && (await told()).length < count; turn += 1) await sleep(100)
  return told()
}

async function newDay(): Promise<void> {
  clock.move(86_400)
  await region.world.syncDiscovery()
}

test('an aanbieder is told that a toewijzing ends, as long before as the gemeente chose, once', async () => {
  const until = inDays(91)
  for (const { name } of gemeenten) await keepOwnCase(nodeOf(name), name, { bsn: person, until })
  expect(await told()).toEqual([])
  await newDay()
  const both = await untilTold(2)
  expect(both.map(({ afzenderID }) => afzenderID).sort()).toEqual(['9994', '9996'])
  expect(both).toMatchObject([1, 2].map(() => ({ subjectList: [{ recordID: `Toewijzing/${recordId('c', 1)}` }] })))
  expect(JSON.stringify(both)).not.toContain(person)

  await keepOwnCase(nodeOf('usual'), 'usual', { bsn: person, until: inDays(60) })
  await newDay()
  const again = await untilTold(3)
  expect(again.map(({ afzenderID }) => afzenderID).sort()).toEqual(['9994', '9996', '9996'])
}, 60_000)
