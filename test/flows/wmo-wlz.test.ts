import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createMovableClock } from '../../node/kernel/clock.js'
import { addYears, lastOfMayAfter } from '../../node/policy/day.js'
import { createNarrator } from '../../scripts/demo/narrator.js'
import { makeCase, type Case } from '../../scripts/demo/wmo-wlz/case.js'
import { ask, bemiddelingScope, indicatieScope, recordsIn, sourceOf } from '../../scripts/demo/wmo-wlz/questions.js'
import { write } from '../../scripts/demo/wmo-wlz/scene.js'
import { playWmoWlz } from '../../scripts/demo/wmo-wlz/story.js'
import { recordExchanges, type Exchange } from '../support/record-exchanges.js'
import { startRegion, type Region } from '../support/region.js'
import { describeWithShared } from '../support/shared.js'

const clock = createMovableClock()
const exchanges: Exchange[] = []
let region: Region
let stopRecording: () => void

beforeAll(async () => {
  stopRecording = recordExchanges((exchange) => exchanges.push(exchange), Infinity)
  region = await startRegion({ clock, whole: true, logs: 'files' })
}, 60_000)

afterAll(async () => {
  stopRecording()
  await region.end()
})

async function play(): Promise<{ readonly missed: readonly string[]; readonly told: string }> {
  let told = ''
  const tell = createNarrator({ write: (text) => (told += text) })
  await playWmoWlz({ world: region.world, tell, clock })
  return { missed: tell.missed, told }
}

describe('the story from Wmo to Wlz', () => {
  let played: Awaited<ReturnType<typeof play>>

  test('goes as it should, the first time and again', async () => {
    played = await play()
    expect(played.missed).toEqual([])
    expect((await play()).missed).toEqual([])
  }, 120_000)

  test('tells nobody who looks on what is personal', () => {
    expect(played.told).not.toMatch(/eyJ|9999\d{5}|Overgangsman/)
    expect(played.told).toContain('days without care')
  })

  test('puts no BSN, name or diagnosis in an address or in a notificatie, at any hop', async () => {
    const personal = /\b9999\d{5}\b|Overgangsman|Fictiva|ziektebeeld/
    expect(exchanges.map(({ path }) => path).filter((path) => personal.test(path))).toEqual([])
    const messages = exchanges.filter(({ request }) => request.text.includes('zendNotificatie'))
    expect(messages.length).toBeGreaterThan(10)
    expect(messages.filter(({ request, text }) => personal.test(`${request.text}${text ?? ''}`))).toEqual([])
    for (const { internalUrl } of region.world.members) {
      const metrics = await (await fetch(`${internalUrl}/metrics`)).text()
      expect(metrics).toContain('# TYPE')
      expect(metrics).not.toMatch(personal)
    }
  })

  test('would find one: a source that answers who may ask does name the person', () => {
    const answers = exchanges.filter(({ path, text }) => path.includes('/sources/') && text?.includes('Overgangsman'))
    expect(answers.length).toBeGreaterThan(0)
  })
})

describeWithShared('the published queries in this story', ['official', 'iwlz'], (read) => {
  let played: Case

  beforeAll(async () => {
    const { world } = region
    played = makeCase(new Date(clock.now()).toISOString().slice(0, 10), {
      gemeentecode: world.member('gemeente-noord').organization.id,
      uzovi: world.member('zorgkantoor-noord').organization.id,
      agb: world.member('zorgaanbieder').organization.id,
    })
    await write(world.member('ciz'), 'indicatieregister', [played.indicatie])
    await write(world.member('zorgkantoor-noord'), 'bemiddelingsregister', played.bemiddeling)
  })

  test('QIR-0001-ZKi gives the zorgkantoor the indicatie', async () => {
    const { world } = region
    const zorgkantoor = world.member('zorgkantoor-noord')
    const answer = await ask(
      zorgkantoor,
      sourceOf(world, 'ciz', 'indicatieregister'),
      indicatieScope,
      read('QIR-0001-ZKi.graphql'),
      { wlzIndicatieID: played.wlzindicatieID, initieelVerantwoordelijkZorgkantoor: zorgkantoor.organization.id },
    )
    expect(recordsIn(answer, 'wlzIndicatie')).toHaveLength(1)
  })

  test('QBR-0002-ZA gives the zorgaanbieder its assignment', async () => {
    const { world } = region
    const aanbieder = world.member('zorgaanbieder')
    const answer = await ask(
      aanbieder,
      sourceOf(world, 'zorgkantoor-noord', 'bemiddelingsregister'),
      bemiddelingScope,
      read('QBR-0002-ZA.graphql'),
      {
        BemiddelingspecificatieID: played.bemiddelingspecificatieID,
        Instelling: aanbieder.organization.id,
        ToewijzingIngangsdatum: played.wlzStarts,
        ToewijzingEinddatum: played.specificatieEnds,
        ToewijzingEinddatum2Jaar: addYears(played.specificatieEnds, 2),
        ToewijzingEinddatum31Mei: lastOfMayAfter(played.specificatieEnds),
      },
    )
    expect(recordsIn(answer, 'bemiddelingspecificatie')).toHaveLength(1)
  })
})
