import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { askSource, type SourceAnswer } from '../support/ask-source.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const pip = 'registers/wlzbemiddelingsregister/pip:read'
const query =
  'query ($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { wlzindicatieID client { bsn } } }'
const { wlzindicatieID, otherWlzindicatieID } = loadExamples()
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const ids = (part: string) => `${part}-0000-4000-8000-000000000001`

/** One indicatie under which two zorgaanbieders deliver, one of them the demonstration's, and zorgkantoor Zuid executes. */
const seed = {
  client: [{ clientID: ids('00000001'), bsn: '999990019' }],
  bemiddeling: [
    {
      bemiddelingID: ids('00000002'),
      clientID: ids('00000001'),
      wlzIndicatieID: wlzindicatieID,
      verantwoordelijkZorgkantoor: '5999',
      verantwoordelijkheidIngangsdatum: '2026-01-01',
      verantwoordelijkheidEinddatum: null,
    },
  ],
  bemiddelingspecificatie: ['06999901', '06999999'].map((instelling, at) => ({
    bemiddelingspecificatieID: ids(`0000001${String(at)}`),
    bemiddelingID: ids('00000002'),
    leveringsvorm: '1',
    zzpCode: '6VV',
    toewijzingIngangsdatum: '2026-01-01',
    toewijzingEinddatum: null,
    instelling,
    uitvoerendZorgkantoor: at === 0 ? '5999' : '5998',
    vaststellingMoment: '2026-01-01T09:00:00Z',
    soortToewijzing: '1',
  })),
}

let region: Region
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-facts-'))
  const file = join(directory, 'bemiddelingsregister.json')
  await writeFile(file, JSON.stringify(seed))
  region = await startRegion({
    clock,
    configure: (name, settings) =>
      name === 'zorgkantoor-noord'
        ? {
            ...settings,
            parties: (settings.parties ?? []).map((party) => ({
              ...party,
              sources: [
                {
                  name: 'bemiddelingsregister',
                  kind: 'register' as const,
                  schema: 'bemiddelingsregister-1' as const,
                  pack: 'bemiddelingsregister',
                  seed: file,
                },
              ],
            })),
          }
        : settings,
  })
}, 60_000)

afterAll(async () => {
  await region.end()
  await rm(directory, { recursive: true, force: true })
})

/** What a participant gets when it asks the indicatie with its membership. */
async function ask(name: string, id: string): Promise<SourceAnswer> {
  const application = region.application(name)
  const found = await application.discover.listings('bronnet-demo', { 'credentialSubject.indicatieregister': '*' })
  const [ciz] = found.parties
  const authorizationServer = ciz?.parameters['authServerURL'] ?? ''
  const token = await application.token({ authorizationServer, scope, fresh: true })
  return askSource(application, ciz?.parameters['indicatieregister'] ?? '', token, query, { id })
}

describe('an indicatie that others deliver under', () => {
  test('is read by a zorgaanbieder when a zorgkantoor says that it is one of those', async () => {
    const account = await accountOf(region.world.member('ciz'), async () => {
      const answer = await ask('zorgaanbieder', wlzindicatieID)
      expect([answer.status, answer.data]).toEqual([
        200,
        { wlzIndicatie: [expect.objectContaining({ wlzindicatieID })] },
      ])
    })
    expect(account.map(({ code }) => code)).toEqual([
      'token.granted',
      'token.requested',
      'fact.established',
      'read.decided',
      'read.answered',
    ])
    expect(account.find(({ code }) => code === 'read.decided')).toMatchObject({
      rule: 'UCIR-0002.v1',
      facts: [expect.stringMatching(/^een bemiddelingspecificatie .*: true \(http/)],
    })
  })

  test('is accounted for at the zorgkantoor that was asked, in the same chain of calls, without who it is about', async () => {
    const asked: string[] = []
    clock.move(61)
    const here = await accountOf(region.world.member('ciz'), async () => {
      const there = await accountOf(region.world.member('zorgkantoor-noord'), () =>
        ask('zorgaanbieder', wlzindicatieID),
      )
      const decided = there.find(({ code }) => code === 'read.decided')
      expect(decided).toMatchObject({ outcome: 'success', rule: 'PIP-INSTELLING.v1', object: { scope: pip } })
      asked.push(decided?.trace?.traceId ?? '')
    })
    expect(here.find(({ code }) => code === 'read.decided')?.trace?.traceId).toBe(asked[0])
  })

  test('is refused to it for an indicatie under which it does not deliver', async () => {
    const answer = await ask('zorgaanbieder', otherWlzindicatieID)
    expect(answer.status).toBe(403)
    expect(JSON.stringify(answer.errors)).toContain('feit: it is not established')
  })

  test('is read by the zorgkantoor that executes a part of it, on the word of another zorgkantoor', async () => {
    expect((await ask('zorgkantoor-zuid', wlzindicatieID)).status).toBe(200)
  })

  test('is refused to a zorgkantoor on its own word', async () => {
    const answer = await ask('zorgkantoor-noord', wlzindicatieID)
    expect(answer.status).toBe(403)
  })
})
