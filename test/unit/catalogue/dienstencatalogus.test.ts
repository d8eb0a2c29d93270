import { beforeAll, describe, expect, test } from '@jest/globals'
import { buildDocument } from '../../../node/catalogue/build-document.js'
import type { Catalogue } from '../../../node/catalogue/catalogue.js'
import { toDienstencatalogus } from '../../../node/catalogue/dienstencatalogus.js'
import { createReadCatalogue } from '../../../node/catalogue/read-catalogue.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createListGivenEvents } from '../../../node/notifications/abonnement/list-given-events.js'
import { loadAbonnementRules } from '../../../node/notifications/abonnement/abonnement-rules.js'
import { loadEventTypes } from '../../../node/policy/event-types.js'
import { renderDataset } from '../../../node/web/dataset-page.js'
import { renderEvents } from '../../../node/web/events-page.js'
import { dienstencatalogusSchema } from '../../../schemas/wire/dienstencatalogus.js'
import { exampleContents, exampleSource } from '../../support/catalogue-world.js'
import { moment } from '../../support/node-parts.js'

const at = '2026-11-24T09:00:00Z'
const read = createReadCatalogue({ loopback: false })

const eventsOf = (schema: string, sandbox = false) => {
  const eventTypes = loadEventTypes({ sandbox })
  const rules = loadAbonnementRules(eventTypes)
  return createListGivenEvents({ clock: createFixedClock(moment), eventTypes, rules })(schema)
}

type Document = ReturnType<typeof buildDocument>
const documentOf = (...schemas: readonly string[]): Document =>
  buildDocument(
    exampleContents({ sources: schemas.map((schema) => exampleSource({ key: schema, events: eventsOf(schema) })) }),
    { issued: at, modified: at, version: '1', sources: {} },
  )

async function catalogueOf(document: unknown): Promise<Catalogue> {
  const found = await read(JSON.stringify(document), 'application/ld+json')
  if (!found.conforms) throw new Error(found.violations.join('; '))
  return found.catalogue
}

let catalogue: Catalogue
beforeAll(async () => {
  catalogue = await catalogueOf(documentOf('indicatieregister-2', 'toewijzingsregister-1'))
})

describe('a catalogue', () => {
  test('says of each dataset what others are told, whom, and on which ground', () => {
    const [indicaties, toewijzingen] = catalogue.datasets
    expect(indicaties?.events?.find(({ eventType }) => eventType === 'NIEUWE_INDICATIE_ZORGKANTOOR')).toEqual({
      id: `${catalogue.id}/events/NIEUWE_INDICATIE_ZORGKANTOOR`,
      title: { nl: 'Een indicatiebesluit is geregistreerd; het zorgkantoor is verantwoordelijk.' },
      eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
      notificatieType: 'IWLZ_VERPLICHT',
      role: 'https://catalogus.example/rol/zorgkantoor',
      idTypeAbonnee: 'UZOVI',
      change: 'CREATE',
      objectIDType: 'wlzindicatieID',
      cloudEventsType: 'nl.istandaarden.iwlz.indicatie.zorgkantoor-nieuw.v1.0.0',
      grondslag: 'Wet langdurige zorg; Regeling langdurige zorg artikel 7.1',
      grondslagStatus: 'geldend',
    })
    const told = toewijzingen?.events?.map(({ eventType }) => eventType)
    expect(told).toContain('NIEUWE_TOEWIJZING_ZORGAANBIEDER')
    // Before a day comes.
    expect(told).toContain('AFLOPENDE_TOEWIJZING_ZORGAANBIEDER')
    // What the gemeente tells on of what it was told.
    expect(told).toContain('NIEUWE_INDICATIE_ZORGAANBIEDER')
  })

  test('names no event that has no ground outside a sandbox', () => {
    const named = (sandbox: boolean) => eventsOf('indicatieregister-2', sandbox).map(({ type }) => type.eventType)
    expect(named(false)).not.toContain('NIEUWE_INDICATIE_HUISARTS')
    expect(named(true)).toContain('NIEUWE_INDICATIE_HUISARTS')
    const ending = (sandbox: boolean) =>
      eventsOf('toewijzingsregister-1', sandbox).some(
        ({ type }) => type.eventType === 'AFLOPENDE_TOEWIJZING_ZORGKANTOOR',
      )
    expect([ending(false), ending(true)]).toEqual([false, true])
  })

  test.each(['kat:eventType', 'kat:notificatieType', 'kat:recipientRole', 'kat:grondslag', 'kat:grondslagStatus'])(
    'is not believed when an event lacks its %s',
    async (member) => {
      const document = documentOf('indicatieregister-2')
      const [dataset] = document.dataset
      const broken = {
        ...document,
        dataset: [
          { ...dataset, 'kat:event': dataset?.['kat:event']?.map((event) => ({ ...event, [member]: undefined })) },
        ],
      }
      expect((await read(JSON.stringify(broken), 'application/ld+json')).conforms).toBe(false)
    },
  )

  test('is not believed when it describes an event at another place', async () => {
    const text = JSON.stringify(documentOf('indicatieregister-2')).replaceAll(
      `${catalogue.id}/events/`,
      'https://ander.example/catalogus/events/',
    )
    expect((await read(text, 'application/ld+json')).conforms).toBe(false)
  })
})

describe('the dienstencatalogus', () => {
  test('lists the same as iWlz RFC0029 has it, each once', () => {
    const listed = dienstencatalogusSchema.parse(toDienstencatalogus(catalogue)).notificatieTypen
    const names = listed.map(({ notificatieTypeID }) => notificatieTypeID)
    expect(new Set(names).size).toBe(names.length)
    expect(names.sort()).toEqual(
      catalogue.datasets.flatMap(({ events = [] }) => events.map(({ eventType }) => eventType)).sort(),
    )
    expect(listed.find(({ notificatieTypeID }) => notificatieTypeID === 'NIEUWE_INDICATIE_GEMEENTE')).toEqual({
      organisatieId: catalogue.publisher.did,
      notificatieTypeID: 'NIEUWE_INDICATIE_GEMEENTE',
      notificatieType: 'IWLZ_VRIJWILLIG',
      notificatieDoel: 'ANDERS',
      notificatieOmschrijving: expect.stringContaining('Wlz-indicatie'),
      idTypeAbonnee: 'OIN',
      eventType: 'CREATE',
      objectIDType: 'wlzindicatieID',
      ontvangerRol: 'gemeente',
      grondslag: { text: expect.stringContaining('Wet maatschappelijke ondersteuning 2015'), status: 'experiment' },
      cloudEventsType: 'org.w3id.bronnet.indicatie.gemeente-nieuw.v1.0.0',
      dataset: `${catalogue.id}/datasets/indicatieregister-2`,
    })
  })

  test('is empty for a party that tells nothing', async () => {
    const silent = await catalogueOf(
      buildDocument(exampleContents(), { issued: at, modified: at, version: '1', sources: {} }),
    )
    expect(toDienstencatalogus(silent)).toEqual({ notificatieTypen: [] })
  })

  test.each(['nl', 'en'] as const)('is a page for people, in %s', (language) => {
    const view = {
      language,
      catalogue,
      links: { versions: `${catalogue.id}/versions`, proof: `${catalogue.id}/proof` },
    }
    const page = renderEvents(view, `${catalogue.id}/dienstencatalogus`)
    expect(page).toContain('NIEUWE_INDICATIE_GEMEENTE')
    expect(page).toContain('Wet maatschappelijke ondersteuning 2015')
    const [dataset] = catalogue.datasets
    if (dataset === undefined) throw new Error('there is no dataset')
    expect(renderDataset(view, dataset)).toContain('NIEUWE_INDICATIE_ZORGKANTOOR')
    expect(renderDataset(view, { ...dataset, events: [] })).not.toContain('NIEUWE_INDICATIE_ZORGKANTOOR')
  })
})
