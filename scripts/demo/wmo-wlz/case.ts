import { randomId } from '../../../node/kernel/random.js'
import { addDays } from '../../../node/policy/day.js'
import { bsnOf } from '../../region/people.js'

/** One change of a register, as its write API takes it. */
export type Change = Readonly<{ type: string; record: Readonly<Record<string, unknown>> }>

/** A made-up person who goes from Wmo to Wlz, and what each organisation registers about it in its turn. */
export interface Case {
  readonly bsn: string
  readonly toewijzingID: string
  readonly wlzindicatieID: string
  readonly bemiddelingspecificatieID: string
  /** Last day of the Wmo-toewijzing. */
  readonly wmoEnds: string
  /** First day of the Wlz-indicatie. */
  readonly wlzStarts: string
  /** Last day of the bemiddelingspecificatie. */
  readonly specificatieEnds: string
  /** Words that only the sources may have: nothing between the nodes may carry them, except an answer to who may ask. */
  readonly personal: readonly string[]
  /** What the gemeente registers first: client, besluit, toewijzing. */
  readonly wmo: readonly Change[]
  /** What CIZ registers. */
  readonly indicatie: Change
  /** What the zorgkantoor registers then: client, bemiddeling, specificatie. */
  readonly bemiddeling: readonly Change[]
  /** What the CAK registers for the support: client, eigen bijdrage, which has no end as long as nobody has it stopped. */
  readonly wmoContribution: (einddatum: string | null) => readonly Change[]
  /** What the CAK registers when it knows of the indicatie. */
  readonly wlzContribution: Change
  /** The specificatie once more, with another end. */
  readonly changedSpecificatie: (einddatum: string) => Change
}

/** The made-up persons of the region have the first numbers; of the others there are more than nine thousand. */
const [firstNumber, numbers] = [1000, 8000] as const
const wmoLeft = 30
const gap = 14
/** Nobody and no place is called so, which makes them easy to look for. */
const [surname, givenName, diagnosis] = ['Overgangsman', 'Fictiva', '987'] as const

/**
 * A case that nobody played before, around a day: the Wmo ends a month later, and the Wlz begins two weeks after that.
 * @param today YYYY-MM-DD
 */
export function makeCase(
  today: string,
  organizations: { readonly gemeentecode: string; readonly uzovi: string; readonly agb: string },
): Case {
  const { gemeentecode, uzovi, agb } = organizations
  const bsn = bsnOf(firstNumber + drawBelow(numbers))
  const wmoEnds = addDays(today, wmoLeft)
  const wlzStarts = addDays(wmoEnds, gap + 1)
  const specificatieEnds = addDays(wlzStarts, 365)
  const [toewijzingID, wlzindicatieID, bemiddelingspecificatieID] = [randomId(), randomId(), randomId()]
  const [besluitID, bemiddelingID] = [randomId(), randomId()]
  const [clientAtGemeente, clientAtZorgkantoor, clientAtCak] = [randomId(), randomId(), randomId()]
  const wmoContributionID = randomId()
  const contribution = (details: object): Change => ({
    type: 'EigenBijdrage',
    record: { clientID: clientAtCak, vaststellingMoment: `${today}T09:00:00Z`, ...details },
  })
  const specificatie = (toewijzingEinddatum: string): Change => ({
    type: 'Bemiddelingspecificatie',
    record: {
      bemiddelingspecificatieID,
      bemiddelingID,
      leveringsvorm: '1',
      zzpCode: '051',
      toewijzingIngangsdatum: wlzStarts,
      toewijzingEinddatum,
      instelling: agb,
      uitvoerendZorgkantoor: uzovi,
      vaststellingMoment: `${today}T09:00:00Z`,
      opname: '1',
      soortToewijzing: '01',
    },
  })
  return {
    bsn,
    toewijzingID,
    wlzindicatieID,
    bemiddelingspecificatieID,
    wmoEnds,
    wlzStarts,
    specificatieEnds,
    personal: [bsn, surname, givenName],
    wmo: [
      { type: 'Client', record: { clientID: clientAtGemeente, bsn } },
      {
        type: 'Besluit',
        record: {
          besluitID,
          clientID: clientAtGemeente,
          domein: 'WMO',
          gemeente: gemeentecode,
          afgiftedatum: addDays(today, -340),
          ingangsdatum: addDays(today, -335),
          einddatum: wmoEnds,
        },
      },
      {
        type: 'Toewijzing',
        record: {
          toewijzingID,
          besluitID,
          productcategorie: '01',
          productcode: '01A05',
          aanbieder: agb,
          ingangsdatum: addDays(today, -335),
          einddatum: wmoEnds,
          vaststellingMoment: `${addDays(today, -340)}T09:00:00Z`,
        },
      },
    ],
    indicatie: {
      type: 'WlzIndicatie',
      record: {
        wlzindicatieID,
        bsn,
        besluitnummer: 2_000_000 + drawBelow(1_000_000),
        soortWlzindicatie: '1',
        afgiftedatum: today,
        ingangsdatum: wlzStarts,
        einddatum: null,
        meerzorg: '2',
        initieelVerantwoordelijkZorgkantoor: uzovi,
        vervaldatum: null,
        grondslag: [{ grondslagID: randomId(), grondslag: '03', volgorde: 1 }],
        geindiceerdZorgzwaartepakket: [
          {
            geindiceerdZorgzwaartepakketID: randomId(),
            zzpCode: '051',
            ingangsdatum: wlzStarts,
            einddatum: null,
            voorkeurClient: '1',
            financiering: '1',
          },
        ],
        stoornis: [
          { stoornisID: randomId(), grondslag: '03', diagnoseCodelijst: '01', ziektebeeldStoornis: diagnosis },
        ],
        client: {
          clientID: randomId(),
          bsn,
          geheimeClient: '2',
          geboorteDatum: '1941-03-01',
          geboortedatumGebruik: '0',
          geslacht: '2',
          geslachtsnaam: surname,
          voornamen: givenName,
          naamGebruik: '1',
          contactPersoon: [],
          contactGegevens: [],
        },
      },
    },
    bemiddeling: [
      {
        type: 'Client',
        record: { clientID: clientAtZorgkantoor, bsn, leefeenheid: '01', communicatievorm: '01', taal: 'nl' },
      },
      {
        type: 'Bemiddeling',
        record: {
          bemiddelingID,
          clientID: clientAtZorgkantoor,
          wlzIndicatieID: wlzindicatieID,
          verantwoordelijkZorgkantoor: uzovi,
          verantwoordelijkheidIngangsdatum: wlzStarts,
          verantwoordelijkheidEinddatum: null,
        },
      },
      specificatie(specificatieEnds),
    ],
    wmoContribution: (einddatum) => [
      { type: 'Client', record: { clientID: clientAtCak, bsn } },
      contribution({
        eigenBijdrageID: wmoContributionID,
        domein: 'WMO',
        soort: 'ABONNEMENTSTARIEF',
        gemeente: gemeentecode,
        ingangsdatum: addDays(today, -335),
        einddatum,
      }),
    ],
    wlzContribution: contribution({
      eigenBijdrageID: randomId(),
      domein: 'WLZ',
      soort: 'LAAG',
      gemeente: null,
      ingangsdatum: wlzStarts,
      einddatum: null,
    }),
    changedSpecificatie: specificatie,
  }
}

function drawBelow(bound: number): number {
  return Number.parseInt(randomId().slice(0, 8), 16) % bound
}
