import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { silentLog } from '../../node/kernel/log.js'
import { Permit } from '../../node/policy/permit.js'
import type { Answer } from '../../node/sources/data-source.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { createRegister } from '../../node/sources/register/register.js'
import type { Register } from '../../node/sources/register/register.js'
import { createTables } from '../../node/sources/register/table.js'
import type { RegisterTables } from '../../node/sources/register/table.js'
import { put } from '../../node/stores/contracts.js'
import type { Operation, Store } from '../../node/stores/contracts.js'
import { openLevelStore } from '../../node/stores/level.js'
import { generatePerson, generateRegion } from '../region/generate-region.js'

const usage = `Usage: npm run bench:registers [-- --clients N] [-- --queries N] [-- --directory DIR] [-- --keep]

Fills a bemiddelingsregister with made-up clients and measures what a zorgaanbieder (care provider) asks of it: one
bemiddelingspecificatie with what overlaps, the regiehouders and the contacts, as in QBR-0002.

  --clients N      how many clients; default 100000
  --queries N      how many queries are measured; default 2000
  --directory DIR  where the store is made and removed again
  --keep           leaves the store there; with the same clients and directory it is not filled again`

const seed = 2026
const party = 'zorgkantoor'
const name = 'bemiddelingen'
const definition = loadRegisterDefinition('bemiddelingsregister-1')
const periods = (end: string): string =>
  `where: { and: [{ or: [{ einddatum: { eq: null } }, { einddatum: { gte: $van } }] }, { ingangsdatum: { ngt: ${end} } }] }`
const contact =
  'adressoort straatnaam huisnummer huisletter huisnummertoevoeging postcode plaatsnaam land aanduidingWoonadres emailadres telefoonnummer01 landnummer01 telefoonnummer02 landnummer02 ingangsdatum einddatum'
const specificatie =
  'bemiddelingspecificatieID leveringsvorm zzpCode toewijzingIngangsdatum toewijzingEinddatum instelling uitvoerendZorgkantoor vaststellingMoment percentage opname redenIntrekking etmalen instellingBestemming soortToewijzing'

/** The fields and conditions of QBR-0002, in our own order. */
const query = `query ($id: UUID!, $instelling: String!, $van: Date!, $tot: Date!, $mei: Date!, $contacten: Date!) {
  bemiddelingspecificatie(where: {
    bemiddelingspecificatieID: { eq: $id }, instelling: { eq: $instelling }
    toewijzingIngangsdatum: { eq: $van }, toewijzingEinddatum: { eq: $tot }
  }) {
    ${specificatie}
    bemiddeling {
      bemiddelingID wlzIndicatieID verantwoordelijkZorgkantoor verantwoordelijkheidIngangsdatum verantwoordelijkheidEinddatum
      client {
        clientID bsn leefeenheid huisarts communicatievorm taal
        contactgegevens(${periods('$contacten')}) { clientContactgegevensID ${contact} }
        contactpersoon(${periods('$contacten')}) {
          contactpersoonID relatienummer volgorde soortRelatie rol relatie geslachtsnaam voorvoegselGeslachtsnaam partnernaam
          voorvoegselPartnernaam voornamen voorletters roepnaam naamgebruik geslacht geboortedatum geboortedatumgebruik
          ingangsdatum einddatum
          contactgegevens(${periods('$contacten')}) { contactpersoonContactgegevensID ${contact} }
        }
      }
      regiehouder(${periods('$mei')}) { regiehouderID instelling ingangsdatum einddatum regierol }
      bemiddelingspecificatie(where: { and: [
        { or: [{ toewijzingEinddatum: { eq: null } }, { toewijzingEinddatum: { gte: $van } }] }
        { toewijzingIngangsdatum: { ngt: $mei } }
      ] }) { ${specificatie} }
    }
  }
}`

interface Filled {
  readonly clients: number
  readonly records: number
  readonly waits: number
  readonly seconds: number
}

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '100000' },
      queries: { type: 'string', default: '2000' },
      directory: { type: 'string', default: tmpdir() },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    return
  }
  await mkdir(values.directory, { recursive: true })
  const clients = Number(values.clients)
  const directory = values.keep
    ? join(values.directory, `bronnet-registers-${String(clients)}`)
    : await mkdtemp(join(values.directory, 'bronnet-registers-'))
  const store = await openLevelStore({ directory: join(directory, 'store'), clock: systemClock, log: silentLog })
  try {
    const filled = await fillOnce(join(directory, 'filled.json'), () => fill(store, clients))
    const register = createRegister({ name, party, definition, store })
    const tables = createTables({ name, party, definition })
    const questions = drawQuestions(clients, Number(values.queries))
    for (const question of questions.slice(0, 300)) await ask(register, question)
    const [answers, reads] = [
      await measure(questions, (each) => ask(register, each)),
      await measure(questions, (each) => readOnly(store, tables, each)),
    ]
    process.stdout.write(
      [
        `${filled.clients} clients, ${filled.records} records, filled in ${Math.round(filled.seconds)} s, ${filled.waits} waits for the store`,
        `QBR-0002: p50 ${words(answers, 0.5)}, p95 ${words(answers, 0.95)}, p99 ${words(answers, 0.99)} ms`,
        `the same records from the store and nothing else: p50 ${words(reads, 0.5)}, p95 ${words(reads, 0.95)} ms`,
        `share of the time that the store needs anyway: ${Math.round((100 * at(reads, 0.5)) / at(answers, 0.5))} %`,
        '',
      ].join('\n'),
    )
  } finally {
    await store.close()
    if (!values.keep) await rm(directory, { recursive: true, force: true })
  }
}

/** What `fill` said, now or in the run that wrote `file`: only a store that was filled to the end has one. */
async function fillOnce(file: string, fill: () => Promise<Filled>): Promise<Filled> {
  const earlier = await readFile(file, 'utf8').catch(() => undefined)
  // Written below.
  if (earlier !== undefined) return JSON.parse(earlier) as Filled
  const filled = await fill()
  await writeFile(file, JSON.stringify(filled))
  return filled
}

/** Puts the records in the store as they are: writing them one by one with their history is not what is measured. */
async function fill(store: Pick<Store, 'write'>, clients: number): Promise<Filled> {
  const tables = createTables({ name, party, definition })
  const startedAt = performance.now()
  let found = 0
  let records = 0
  let waits = 0
  let batch: Operation[] = []
  for (const { bemiddelingsregister } of generateRegion({ seed, persons: Number.MAX_SAFE_INTEGER })) {
    if (bemiddelingsregister['Client'] === undefined) continue
    for (const [type, rows] of Object.entries(bemiddelingsregister)) {
      const table = tables.get(type)
      if (table === undefined) continue
      for (const row of rows) {
        // Made by the generator, which a test holds against the schema.
        const record = row as Parameters<typeof table.comparedValue>[0]
        batch.push(put(table.collection, [table.comparedValue(record, table.kept.key) ?? ''], record))
      }
    }
    found += 1
    if (batch.length >= 1000 || found === clients) {
      waits += await writePatiently(store, batch)
      records += batch.length
      batch = []
    }
    if (found % 50_000 === 0) process.stderr.write(`${found} clients …\n`)
    if (found === clients) break
  }
  return { clients: found, records, waits, seconds: (performance.now() - startedAt) / 1000 }
}

/** A store that has too much to tidy up answers that it cannot; putting the same records again changes nothing. */
async function writePatiently(store: Pick<Store, 'write'>, batch: readonly Operation[]): Promise<number> {
  for (let waits = 0; ; waits += 1) {
    try {
      await store.write(batch)
      return waits
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'store.unavailable' || waits === 600) throw cause
      await setTimeout(500)
    }
  }
}

type Question = Readonly<Record<string, string>>

/** Questions about clients all over the register; each has an answer. */
function drawQuestions(clients: number, count: number): readonly Question[] {
  const questions: Question[] = []
  for (let step = 0; questions.length < count; step += 1) {
    // A step that meets every place once, in no order.
    const rows = generatePerson(seed, (step * 7919) % clients).bemiddelingsregister['Bemiddelingspecificatie'] ?? []
    const row = rows.find(({ toewijzingEinddatum }) => toewijzingEinddatum !== null)
    if (row === undefined) continue
    questions.push({
      id: String(row['bemiddelingspecificatieID']),
      instelling: String(row['instelling']),
      van: String(row['toewijzingIngangsdatum']),
      tot: String(row['toewijzingEinddatum']),
      mei: '2027-05-31',
      contacten: '2028-12-31',
    })
  }
  return questions
}

async function ask(register: Register, variables: Question): Promise<Answer> {
  const request = register.parse({ query, variables })
  const question = {
    requester: { did: 'did:web:bench.example', claims: {} },
    action: 'QUERY',
    resource: { party, ...request },
    context: { scopes: [], time: 0 },
  } as const
  const decision = { permitted: true, rule: 'BENCH-1.v1', reasons: [], purpose: '', grondslag: '', weighed: [] }
  const answer = await register.read(Permit.from([question], [decision]), request)
  if (answer.recordCount !== 1) throw new Error('a question has no answer')
  return answer
}

/** What cannot be left out: the same records, found by key and by index. */
async function readOnly(
  { records }: Pick<Store, 'records'>,
  tables: RegisterTables,
  { id = '' }: Question,
): Promise<void> {
  const get = async (type: string, key: unknown) => {
    const table = tables.get(type)
    return table && (await records.get(table.collection, [String(key)]))?.value
  }
  const list = async (type: string, index: string, value: unknown) => {
    const table = tables.get(type)
    const query = { index: { name: index, value: String(value) }, limit: 1000 }
    return table === undefined ? [] : (await records.list(table.collection, query)).items
  }
  const found = await get('Bemiddelingspecificatie', id)
  const bemiddeling = await get('Bemiddeling', found?.['bemiddelingID'])
  const person = await get('Client', bemiddeling?.['clientID'])
  const [contacts] = await Promise.all([
    list('Contactpersoon', 'clientID', person?.['clientID']),
    list('ClientContactgegevens', 'clientID', person?.['clientID']),
    list('Regiehouder', 'bemiddelingID', bemiddeling?.['bemiddelingID']),
    list('Bemiddelingspecificatie', 'bemiddelingID', bemiddeling?.['bemiddelingID']),
  ])
  await Promise.all(
    contacts.map(({ value }) => list('ContactpersoonContactgegevens', 'contactpersoonID', value['contactpersoonID'])),
  )
}

async function measure(
  questions: readonly Question[],
  run: (question: Question) => Promise<unknown>,
): Promise<Float64Array> {
  const taken = new Float64Array(questions.length)
  for (const [at, question] of questions.entries()) {
    const startedAt = performance.now()
    await run(question)
    taken[at] = performance.now() - startedAt
  }
  return taken.sort()
}

function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function words(sorted: Float64Array, share: number): string {
  return at(sorted, share).toFixed(2)
}
