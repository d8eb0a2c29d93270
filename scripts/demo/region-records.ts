import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateRegion, organizations, type RegionPerson, type Rows } from '../region/generate-region.js'
import type { Participant } from './participants.js'

/** The registers that participants keep, by name. */
export type RegisterName = keyof RegionPerson

/** Which made-up persons the registers are about; the same at every start. */
const region = { seed: 7, persons: 24 }

/**
 * Records about made-up persons for the registers of the participants. Each register holds what its own party keeps, and
 * they agree: a bemiddeling names an indicatie at CIZ, a levering names a bemiddelingspecificatie of a zorgkantoor.
 */
function recordsOf({ organization }: Pick<Participant, 'organization'>, register: RegisterName): Rows {
  const found: Rows = {}
  for (const person of readRegion()) {
    for (const [type, rows] of Object.entries(keptBy(organization.id, person, register)))
      (found[type] ??= []).push(...rows)
  }
  return found
}

/** Names of records in bemiddelingsregisters, to ask for: one of each kind, of the first participant that has one. */
export function exampleIds(
  participants: readonly Participant[],
): Readonly<Partial<Record<'bemiddelingspecificatieID' | 'regiehouderID' | 'overdrachtID', string>>> {
  const registers = participants.map((participant) => recordsOf(participant, 'bemiddelingsregister'))
  const first = (type: string, key: string): string | undefined => {
    const [id] = registers.flatMap((rows) => (rows[type] ?? []).map((row) => row[key]))
    return typeof id === 'string' ? id : undefined
  }
  return Object.fromEntries(
    Object.entries({
      bemiddelingspecificatieID: first('Bemiddelingspecificatie', 'bemiddelingspecificatieID'),
      regiehouderID: first('Regiehouder', 'regiehouderID'),
      overdrachtID: first('Overdracht', 'overdrachtID'),
    }).filter(([, id]) => id !== undefined),
  )
}

/** Writes what the registers of a participant begin with below `directory`, and says where that is. */
export async function writeRecords(
  participant: Participant,
  directory: string,
): Promise<Participant['sources'][number][]> {
  await mkdir(join(directory, 'records'), { recursive: true })
  return Promise.all(
    participant.sources.map(async (source) => {
      // A register elsewhere begins with what it has.
      if (source.kind !== 'register') return source
      const seed = join(directory, 'records', `${source.name}.json`)
      const given = source.seed === undefined ? {} : parseSeed(await readFile(source.seed, 'utf8'))
      const made = isRegisterName(source.name) ? recordsOf(participant, source.name) : {}
      await writeFile(seed, JSON.stringify({ ...given, ...made }))
      return { ...source, seed }
    }),
  )
}

function parseSeed(text: string): object {
  return JSON.parse(text) as object
}

function isRegisterName(name: string): name is RegisterName {
  const names: readonly string[] = [
    'indicatieregister',
    'bemiddelingsregister',
    'leveringsregister',
    'toewijzingsregister',
    'eigenbijdrageregister',
  ] satisfies readonly RegisterName[]
  return names.includes(name)
}

/** The organisations of the region as the demonstration has them. */
const stands = new Map<unknown, string>([
  ...organizations.aanbiederList.map((id, index) => [id, index % 2 === 0 ? '06999901' : '06999902'] as const),
  ...organizations.gemeenteList.map((id, index) => [id, index === 0 ? '9998' : '9997'] as const),
])

let made: readonly RegionPerson[] | undefined

function readRegion(): readonly RegionPerson[] {
  made ??= [...generateRegion(region)].map(
    (person): RegionPerson =>
      // What was a text stays one, and everything else is as it was.
      JSON.parse(JSON.stringify(person), (_name, value: unknown) => stands.get(value) ?? value) as RegionPerson,
  )
  return made
}

/** Of what a region knows about a person, what this organisation keeps in this register. */
function keptBy(id: string, person: RegionPerson, register: RegisterName): Rows {
  const all = person[register]
  switch (register) {
    // There is one of each in the country.
    case 'indicatieregister':
    case 'eigenbijdrageregister':
      return all
    case 'bemiddelingsregister':
      return (all['Bemiddeling'] ?? []).some((row) => row['verantwoordelijkZorgkantoor'] === id) ? all : {}
    case 'toewijzingsregister': {
      const decided = (all['Besluit'] ?? []).filter((row) => row['gemeente'] === id)
      return withRest(all, 'Besluit', 'besluitID', decided)
    }
    case 'leveringsregister': {
      const specificaties = person.bemiddelingsregister['Bemiddelingspecificatie'] ?? []
      const toewijzingen = person.toewijzingsregister['Toewijzing'] ?? []
      const own = new Set<unknown>([
        ...specificaties.filter((row) => row['instelling'] === id).map((row) => row['bemiddelingspecificatieID']),
        ...toewijzingen.filter((row) => row['aanbieder'] === id).map((row) => row['toewijzingID']),
      ])
      const delivered = (all['Levering'] ?? []).filter(
        (row) => own.has(row['bemiddelingspecificatieID']) || own.has(row['toewijzingID']),
      )
      return withRest(all, 'Levering', 'leveringID', delivered)
    }
  }
}

/** The given records with what belongs to them: the person, and what names one of them. */
function withRest(all: Rows, type: string, key: string, kept: Rows[string]): Rows {
  if (kept.length === 0) return {}
  const keys = new Set(kept.map((row) => row[key]))
  return Object.fromEntries(
    Object.entries(all).map(([other, rows]) => [
      other,
      other === type ? kept : other === 'Client' ? rows : rows.filter((row) => keys.has(row[key])),
    ]),
  )
}
