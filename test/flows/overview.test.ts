import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { participants, type Participant } from '../../scripts/demo/participants.js'
import { overviewSchema, type Overview } from '../../schemas/wire/overview.js'
import { accountOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const clock = createFixedClock(Date.parse('2026-11-26T09:00:00Z'))
/** The person of this indicatie, which began on 26 January 2026, is a client of zorgkantoor Noord. */
const { wlzindicatieID } = loadExamples()
const person = '999990019'
const stranger = '999990366'

const toewijzingsregister = {
  name: 'toewijzingsregister',
  kind: 'register' as const,
  schema: 'toewijzingsregister-1' as const,
  pack: 'toewijzingsregister',
}
const bemiddelingsregister = {
  name: 'bemiddelingsregister',
  kind: 'register' as const,
  schema: 'bemiddelingsregister-1' as const,
  pack: 'bemiddelingsregister',
}
const desk: Participant = {
  name: 'wmo-loket',
  publicPort: 0,
  tlsPort: 0,
  internalPort: 0,
  organization: {
    name: 'Gemeente Noordstad, Wmo',
    city: 'Noordstad',
    id: '9996',
    id_type: 'gemeentecode',
    role: 'gemeente',
  },
  sources: [toewijzingsregister],
  desks: ['gemeente-wmo'],
}
const cak = participants.find(({ name }) => name === 'cak')
const ids = (part: string): string => `${part}-0000-4000-8000-000000000001`

let region: Region

beforeAll(async () => {
  region = await startRegion({
    clock,
    extra: [desk, ...(cak === undefined ? [] : [cak])],
    configure: (name, settings) =>
      name === 'zorgkantoor-noord'
        ? {
            ...settings,
            parties: (settings.parties ?? []).map((party) => ({ ...party, sources: [bemiddelingsregister] })),
          }
        : settings,
  })
  await write('wmo-loket', 'toewijzingsregister', [
    { type: 'Client', record: { clientID: ids('00000001'), bsn: person } },
    {
      type: 'Besluit',
      record: {
        besluitID: ids('00000002'),
        clientID: ids('00000001'),
        domein: 'WMO',
        gemeente: '9996',
        afgiftedatum: '2025-05-20',
        ingangsdatum: '2025-06-01',
        einddatum: null,
      },
    },
    {
      type: 'Toewijzing',
      record: {
        toewijzingID: ids('00000003'),
        besluitID: ids('00000002'),
        productcategorie: '01',
        aanbieder: '06999901',
        ingangsdatum: '2025-06-01',
        einddatum: '2026-01-10',
        vaststellingMoment: '2025-05-20T09:00:00Z',
      },
    },
  ])
  await write('zorgkantoor-noord', 'bemiddelingsregister', [
    { type: 'Client', record: { clientID: ids('00000011'), bsn: person } },
    {
      type: 'Bemiddeling',
      record: {
        bemiddelingID: ids('00000012'),
        clientID: ids('00000011'),
        wlzIndicatieID: wlzindicatieID,
        verantwoordelijkZorgkantoor: '5999',
        verantwoordelijkheidIngangsdatum: '2026-01-26',
        verantwoordelijkheidEinddatum: null,
      },
    },
    {
      type: 'Bemiddelingspecificatie',
      record: {
        bemiddelingspecificatieID: ids('00000013'),
        bemiddelingID: ids('00000012'),
        leveringsvorm: '1',
        zzpCode: '6VV',
        toewijzingIngangsdatum: '2026-02-01',
        toewijzingEinddatum: null,
        instelling: '06999901',
        uitvoerendZorgkantoor: '5999',
        vaststellingMoment: '2026-01-27T09:00:00Z',
        soortToewijzing: '1',
      },
    },
  ])
}, 60_000)

afterAll(() => region.end())

async function write(name: string, source: string, changes: readonly object[]): Promise<void> {
  const path = `/internal/bronnet/v1/registers/${name}/${source}/changes`
  await region.world.member(name).administrator.call('POST', path, { by: 'test', changes })
}

async function overviewOf(name: string, asked: Record<string, unknown>): Promise<Overview> {
  const body = { bsn: person, basis: 'zaak 2026-17', by: 'consulent', ...asked }
  const path = `/internal/bronnet/v1/subjects/${name}/overview`
  return overviewSchema.parse(await region.world.member(name).administrator.call('POST', path, body))
}

function became(overview: Overview): readonly (readonly string[])[] {
  return overview.sources.map(({ question, outcome, bron }) => [question, outcome, bron.organization ?? '']).sort()
}

describe('the overview of a Wmo desk', () => {
  test('has its own toewijzing and what CIZ tells, with the days between', async () => {
    const overview = await overviewOf('wmo-loket', { purposes: ['WMO_UITVOERING'] })
    expect(overview.timeline).toEqual([
      expect.objectContaining({
        domein: 'WMO',
        soort: 'toewijzing',
        van: '2025-06-01',
        tot: '2026-01-10',
        aanbieder: { agb: '06999901', name: 'Zorgaanbieder De Proeftuin' },
        rule: 'OWN',
      }),
      expect.objectContaining({
        domein: 'WLZ',
        soort: 'indicatie',
        van: '2026-01-26',
        tot: null,
        bron: { organization: 'kvk:62253778', name: 'CIZ', register: 'indicatieregister-2' },
        opgehaaldOp: '2026-11-26T09:00:00.000Z',
        rule: 'TOETS-WMO.v1',
      }),
    ])
    expect(overview.gaps).toEqual([{ van: '2026-01-11', tot: '2026-01-25', days: 15 }])
    expect(overview.overlaps).toEqual([])
  })

  test('learns the zorgkantoor of an indicatie that it was told of, and asks that one who is responsible', async () => {
    const overview = await overviewOf('wmo-loket', {
      purposes: ['WMO_UITVOERING'],
      records: [`WlzIndicatie/${wlzindicatieID}`],
    })
    expect(overview.involved.map(({ as, organization, name }) => [as, organization, name])).toEqual([
      ['initieel verantwoordelijk zorgkantoor', 'uzovi:5999', 'Zorgkantoor Noord'],
      ['verantwoordelijk zorgkantoor', 'uzovi:5999', 'Zorgkantoor Noord'],
    ])
    // What two rules say of one indicatie is one line.
    expect(overview.timeline.filter(({ soort }) => soort === 'indicatie').map(({ record }) => record)).toEqual([
      `WlzIndicatie/${wlzindicatieID}`,
    ])
  })

  test('says what was not asked and why, so that it does not look complete', async () => {
    const overview = await overviewOf('wmo-loket', { purposes: ['WMO_UITVOERING'] })
    expect(became(overview)).toEqual([
      ['eigen-toewijzingen-wmo', 'answered', 'gemeentecode:9996'],
      ['levering-wmo', 'not-asked', ''],
      ['overgang-wmo', 'not-asked', ''],
      ['toets-wmo', 'answered', 'kvk:62253778'],
      ['zorgkantoor-wmo', 'not-asked', ''],
    ])
    expect(overview.complete).toBe(false)
    expect(overview.sources.find(({ question }) => question === 'levering-wmo')?.reasons).toEqual([
      'its grondslag waits for a change of law',
    ])
  })

  test('tells no zorgkantoor about a person of whom nobody named one', async () => {
    const account = await accountOf(region.world.member('zorgkantoor-noord'), () =>
      overviewOf('wmo-loket', { bsn: stranger, purposes: ['WMO_UITVOERING'] }),
    )
    expect(account.filter(({ code }) => code.startsWith('read.'))).toEqual([])
  })

  test('asks nothing for a doel that is not its own', async () => {
    const overview = await overviewOf('wmo-loket', { purposes: ['WLZ_UITVOERING'] })
    expect([overview.sources, overview.timeline]).toEqual([[], []])
  })
})

describe('the overview of a zorgkantoor', () => {
  test('follows its own bemiddeling to the indicatie, each under its own rule', async () => {
    const overview = await overviewOf('zorgkantoor-noord', { purposes: ['WLZ_UITVOERING'] })
    expect(overview.timeline.map(({ soort, van, rule }) => [soort, van, rule])).toEqual([
      ['indicatie', '2026-01-26', 'UCIR-0001.v1'],
      ['bemiddeling', '2026-02-01', 'OWN'],
    ])
  })

  test('does not tell a gemeente about the person before the law lets it ask', async () => {
    const overview = await overviewOf('zorgkantoor-noord', {
      purposes: ['WLZ_UITVOERING'],
      organizations: ['gemeentecode:9996'],
    })
    const asked = overview.sources.find(({ question }) => question === 'toewijzingen-wmo')
    expect([asked?.outcome, asked?.reasons]).toEqual(['not-asked', ['its grondslag waits for a change of law']])
  })
})

describe('the overview of CAK', () => {
  test('has begin, end, leveringsvorm and opname of what it was told of, and nothing clinical', async () => {
    const overview = await overviewOf('cak', {
      purposes: ['EIGEN_BIJDRAGE'],
      records: [`WlzIndicatie/${wlzindicatieID}`],
    })
    expect(overview.timeline.map(({ soort, van, tot, details }) => [soort, van, tot, details])).toEqual([
      ['indicatie', '2026-01-26', null, undefined],
      ['bemiddeling', '2026-02-01', null, { leveringsvorm: '1' }],
    ])
    expect(JSON.stringify(overview)).not.toMatch(/zzp|stoornis|beperking/i)
  })
})

describe('the overview of a zorgaanbieder', () => {
  test('has what it may read of records that it was told of, and says which register it does not keep', async () => {
    const overview = await overviewOf('zorgaanbieder', {
      purposes: ['WLZ_UITVOERING'],
      records: [`WlzIndicatie/${wlzindicatieID}`, `Bemiddelingspecificatie/${ids('00000099')}`],
    })
    expect(became(overview)).toContainEqual(['bemiddeling-zorgaanbieder', 'answered', 'uzovi:5999'])
    expect(overview.timeline.map(({ rule }) => rule)).toEqual(['UCIR-0002.v1'])
    expect(overview.sources.find(({ question }) => question === 'eigen-leveringen-wlz')).toMatchObject({
      outcome: 'not-asked',
      reasons: ['the party keeps no such register'],
    })
  })
})

describe('who asks for an overview', () => {
  const ask = (body: unknown) =>
    fetch(`${region.world.member('wmo-loket').internalUrl}/internal/bronnet/v1/subjects/wmo-loket/overview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const good = { bsn: person, basis: 'zaak 2026-17', by: 'consulent', purposes: ['WMO_UITVOERING'] }

  test('is in the journal with doel and case before and after, and the person is a pseudonym', async () => {
    const account = await accountOf(region.world.member('wmo-loket'), () =>
      overviewOf('wmo-loket', { purposes: ['WMO_UITVOERING'] }),
    )
    const asked = account.filter(({ code }) => code === 'overview.asked')
    expect(asked.map(({ phase, outcome }) => [phase, outcome])).toEqual([
      ['intent', 'success'],
      ['outcome', 'success'],
    ])
    expect(asked[0]).toMatchObject({
      purpose: 'WMO_UITVOERING',
      actor: { user: { id: 'consulent' } },
      object: { selection: { basis: 'zaak 2026-17' } },
    })
    expect(JSON.stringify(account)).not.toContain(person)
  })

  test('must give a number that can exist', async () => {
    expect((await ask(good)).status).toBe(200)
    expect((await ask({ ...good, bsn: '999990018' })).status).toBe(400)
  })

  test.each(['basis', 'by', 'purposes'])('must give %s', async (member) => {
    expect((await ask({ ...good, [member]: undefined })).status).toBe(400)
  })

  test('may not name the person in the case', async () => {
    expect((await ask({ ...good, basis: `zaak van ${person}` })).status).toBe(400)
  })
})
