import { addDays } from '../../node/policy/day.js'
import { createDraw, type Draw } from './draw.js'
import { drawIndicatie } from './indicatie.js'
import { addContributions } from './contributions.js'
import { drawAddress, drawName, drawPerson, type Person } from './people.js'

/** Records by type, as a register takes them. */
export type Rows = Record<string, Record<string, unknown>[]>

/** What the registers of a region hold about one person. */
export interface RegionPerson {
  readonly indicatieregister: Rows
  readonly bemiddelingsregister: Rows
  readonly leveringsregister: Rows
  readonly toewijzingsregister: Rows
  readonly eigenbijdrageregister: Rows
}

export interface RegionOptions {
  /** The same seed gives the same region, person by person, whatever its size. */
  readonly seed: number
  readonly persons: number
  /** The number of the first person; default 0. */
  readonly from?: number
}

/** The organisations of the region; none of them exists. */
export const organizations = {
  zorgkantoorList: ['5999', '5998'],
  aanbiederList: ['01019999', '01019998', '01019997', '01019996', '01019995'],
  gemeenteList: ['9901', '9902'],
} as const

const zzpCodes = ['013', '021', '031', '044', '051', '063'] as const

/**
 * Makes up the persons of a region one after the other: at any size, deterministic by seed, and coherent. Registers
 * agree on who somebody is, what was indicated, who may deliver it and what is delivered.
 */
export function* generateRegion({ seed, persons, from = 0 }: RegionOptions): Generator<RegionPerson> {
  for (let number = from; number < from + persons; number += 1) yield generatePerson(seed, number)
}

/** What the registers hold about the person with this number. */
export function generatePerson(seed: number, number: number): RegionPerson {
  const draw = createDraw(seed, number)
  const person = drawPerson(draw, number)
  const made: RegionPerson = {
    indicatieregister: {},
    bemiddelingsregister: {},
    leveringsregister: {},
    toewijzingsregister: {},
    eigenbijdrageregister: {},
  }
  const hasWlz = draw.chance(80)
  if (hasWlz) addWlz(draw, person, number, made)
  if (!hasWlz || draw.chance(20)) addSocial(draw, person, made)
  addContributions(draw, person, made)
  return made
}

function add(rows: Rows, type: string, record: Record<string, unknown>): void {
  ;(rows[type] ??= []).push(record)
}

function addWlz(draw: Draw, person: Person, number: number, made: RegionPerson): void {
  const zorgkantoor = draw.pick(organizations.zorgkantoorList)
  const start = draw.day('2022-01-01', 1400)
  const indicatie = drawIndicatie(draw, { person, number, zorgkantoor, start })
  add(made.indicatieregister, 'WlzIndicatie', indicatie.record)

  const rows = made.bemiddelingsregister
  const clientID = draw.uuid()
  const bemiddelingID = draw.uuid()
  add(rows, 'Client', {
    clientID,
    bsn: person.bsn,
    leefeenheid: draw.pick(['01', '02']),
    huisarts: draw.pick(organizations.aanbiederList),
    communicatievorm: '01',
    taal: 'nl',
  })
  add(rows, 'ClientContactgegevens', {
    clientContactgegevensID: draw.uuid(),
    clientID,
    ...contact(draw, start),
  })
  for (let count = draw.below(4); count > 0; count -= 1) addContactpersoon(draw, rows, clientID, start, count)
  add(rows, 'Bemiddeling', {
    bemiddelingID,
    clientID,
    wlzIndicatieID: indicatie.wlzindicatieID,
    verantwoordelijkZorgkantoor: zorgkantoor,
    verantwoordelijkheidIngangsdatum: start,
    verantwoordelijkheidEinddatum: null,
  })
  const specificaties = addSpecificaties(draw, made, { person, bemiddelingID, zorgkantoor, start })
  for (let count = 1 + draw.below(2); count > 0; count -= 1) {
    const ingangsdatum = draw.day(start, 300)
    add(rows, 'Regiehouder', {
      regiehouderID: draw.uuid(),
      bemiddelingID,
      instelling: draw.pick(organizations.aanbiederList),
      ingangsdatum,
      einddatum: draw.chance(30) ? draw.day(ingangsdatum, 500) : null,
      regierol: '01',
    })
  }
  if (draw.chance(5)) addOverdracht(draw, rows, { bemiddelingID, zorgkantoor, specificaties })
}

interface Specificatie {
  readonly id: string
  readonly start: string
  readonly end: string | null
}

function addSpecificaties(
  draw: Draw,
  made: RegionPerson,
  about: {
    readonly person: Person
    readonly bemiddelingID: string
    readonly zorgkantoor: string
    readonly start: string
  },
): readonly Specificatie[] {
  const list: Specificatie[] = []
  let from = about.start
  for (let count = 1 + draw.below(3); count > 0; count -= 1) {
    const end = count > 1 || draw.chance(20) ? addDays(from, 90 + draw.below(300)) : null
    const instelling = draw.pick(organizations.aanbiederList)
    const id = draw.uuid()
    add(made.bemiddelingsregister, 'Bemiddelingspecificatie', {
      bemiddelingspecificatieID: id,
      bemiddelingID: about.bemiddelingID,
      leveringsvorm: draw.pick(['1', '2', '3']),
      zzpCode: draw.pick(zzpCodes),
      toewijzingIngangsdatum: from,
      toewijzingEinddatum: end,
      instelling,
      uitvoerendZorgkantoor: about.zorgkantoor,
      vaststellingMoment: `${addDays(from, -3)}T10:${String(draw.below(60)).padStart(2, '0')}:00Z`,
      percentage: draw.pick([100, 50, null]),
      pgbPercentage: draw.chance(10) ? 50 : null,
      opname: draw.pick(['1', '2']),
      etmalen: null,
      soortToewijzing: '01',
    })
    addLevering(draw, made, {
      person: about.person,
      bemiddelingspecificatieID: id,
      toewijzingID: null,
      start: from,
      end,
    })
    list.push({ id, start: from, end })
    // Some follow on, some overlap.
    if (end !== null) from = addDays(end, draw.chance(30) ? -20 : 1)
  }
  return list
}

function addContactpersoon(draw: Draw, rows: Rows, clientID: string, start: string, order: number): void {
  const contactpersoonID = draw.uuid()
  const { geslachtsnaam, voornamen } = drawName(draw)
  add(rows, 'Contactpersoon', {
    contactpersoonID,
    clientID,
    relatienummer: String(order),
    volgorde: order,
    soortRelatie: '01',
    rol: draw.pick(['01', '02', null]),
    relatie: '01',
    geslachtsnaam,
    voornamen,
    naamgebruik: '1',
    geslacht: draw.pick(['1', '2']),
    ingangsdatum: start,
    einddatum: draw.chance(20) ? draw.day(start, 700) : null,
  })
  add(rows, 'ContactpersoonContactgegevens', {
    contactpersoonContactgegevensID: draw.uuid(),
    contactpersoonID,
    ...contact(draw, start),
  })
}

function contact(draw: Draw, ingangsdatum: string): Record<string, unknown> {
  return {
    adressoort: '01',
    ...drawAddress(draw),
    land: 'NL',
    emailadres: 'iemand@example.org',
    telefoonnummer01: '0201234567',
    ingangsdatum,
    einddatum: draw.chance(15) ? draw.day(ingangsdatum, 600) : null,
  }
}

function addOverdracht(
  draw: Draw,
  rows: Rows,
  about: {
    readonly bemiddelingID: string
    readonly zorgkantoor: string
    readonly specificaties: readonly Specificatie[]
  },
): void {
  const other = organizations.zorgkantoorList.find((each) => each !== about.zorgkantoor) ?? about.zorgkantoor
  const [last] = about.specificaties.slice(-1)
  if (last === undefined) return
  const overdrachtID = draw.uuid()
  const overdrachtDatum = draw.day(last.start, 200)
  add(rows, 'Overdracht', {
    overdrachtID,
    bemiddelingID: about.bemiddelingID,
    verantwoordelijkZorgkantoor: other,
    overdrachtDatum,
    verhuisDatum: overdrachtDatum,
    vaststellingMoment: `${overdrachtDatum}T09:00:00Z`,
  })
  add(rows, 'Overdrachtspecificatie', {
    overdrachtspecificatieID: draw.uuid(),
    overdrachtID,
    bemiddelingspecificatieID: last.id,
    leveringsstatus: '01',
    oorspronkelijkeToewijzingEinddatum: last.end,
  })
}

function addSocial(draw: Draw, person: Person, made: RegionPerson): void {
  const rows = made.toewijzingsregister
  const clientID = draw.uuid()
  const besluitID = draw.uuid()
  const start = draw.day('2023-01-01', 1000)
  const isChild = person.birthday > addDays(start, -18 * 365)
  add(rows, 'Client', { clientID, bsn: person.bsn })
  const end = draw.chance(60) ? addDays(start, 180 + draw.below(400)) : null
  add(rows, 'Besluit', {
    besluitID,
    clientID,
    domein: isChild ? 'JW' : 'WMO',
    gemeente: draw.pick(organizations.gemeenteList),
    afgiftedatum: addDays(start, -14),
    ingangsdatum: start,
    einddatum: end,
  })
  for (let count = 1 + draw.below(2); count > 0; count -= 1) {
    const toewijzingID = draw.uuid()
    add(rows, 'Toewijzing', {
      toewijzingID,
      besluitID,
      productcategorie: isChild ? '45' : '02',
      productcode: draw.chance(70) ? (isChild ? '45A04' : '02A03') : null,
      volume: 1 + draw.below(10),
      eenheid: '01',
      frequentie: '2',
      aanbieder: draw.pick(organizations.aanbiederList),
      ingangsdatum: start,
      einddatum: end,
      vaststellingMoment: `${addDays(start, -7)}T12:00:00Z`,
      redenWijziging: null,
    })
    addLevering(draw, made, { person, bemiddelingspecificatieID: null, toewijzingID, start, end })
  }
}

function addLevering(
  draw: Draw,
  made: RegionPerson,
  about: {
    readonly person: Person
    readonly bemiddelingspecificatieID: string | null
    readonly toewijzingID: string | null
    readonly start: string
    readonly end: string | null
  },
): void {
  const rows = made.leveringsregister
  const known = rows['Client']?.[0]?.['clientID']
  const clientID = typeof known === 'string' ? known : draw.uuid()
  if (known === undefined) add(rows, 'Client', { clientID, bsn: about.person.bsn })
  const leveringID = draw.uuid()
  const { bemiddelingspecificatieID, toewijzingID, start, end } = about
  add(rows, 'Levering', { leveringID, clientID, bemiddelingspecificatieID, toewijzingID })
  const vaststellingMoment = `${start}T08:00:00Z`
  if (draw.chance(5)) {
    add(rows, 'Afstel', { afstelID: draw.uuid(), leveringID, afsteldatum: start, vaststellingMoment, reden: '01' })
    return
  }
  add(rows, 'Leveringperiode', {
    leveringperiodeID: draw.uuid(),
    leveringID,
    ingangsdatum: addDays(start, draw.below(10)),
    einddatum: end,
    vaststellingMoment,
    beeindigingReden: end === null ? null : '01',
  })
}
