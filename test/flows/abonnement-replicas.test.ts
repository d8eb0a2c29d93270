import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import type { Secret } from '../../node/kernel/secret.js'
import type { Store } from '../../node/stores/contracts.js'
import { bsnOf } from '../../scripts/region/people.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { givenAbonnementPageSchema, ownAbonnementPageSchema } from '../../schemas/wire/abonnement.js'
import { event } from '../support/abonnement-world.js'
import { freePorts } from '../support/free-ports.js'
import { gemeenteCalled, toewijzingen } from '../support/gemeente-case.js'
import { recordId, toewijzingChange } from '../support/gemeente-register.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { openTestStore } from '../support/open-test-store.js'
import { startPostgres, type PostgresServer } from '../support/postgres.js'
import { startRegion, type Region } from '../support/region.js'

const name = 'volger'
const abonnementen = [{ bronhouder: 'ciz', eventType: event, doel: 'WMO_UITVOERING', zaken: toewijzingen }]

let directory: string
let server: PostgresServer
let database: Secret
let store: Store
let region: Region
/** As both replicas have them, but for their ports. */
let settings: ConfigurationInput | undefined
/** The replica that follows the cases until it is killed; the other one is in this process, under the address of the gemeente. */
let leading: NodeProcess

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-volger-'))
  server = await startPostgres()
  database = await server.createSchema()
  region = await startRegion({
    clock: systemClock,
    extra: [gemeenteCalled(name, '9996')],
    configure: (member, given) => {
      if (member !== name) return given
      settings = {
        ...given,
        storage: { url: database.reveal() },
        keys: { directory: join(directory, 'keys'), passphrase: 'alleen voor deze test' },
        parties: (given.parties ?? []).map((party) => ({ ...party, notifications: { abonnementen } })),
      }
      return settings
    },
  })
  store = await openTestStore(database.reveal())
  leading = await startSecond()
  // Who is alone gets the lease; who comes back finds it taken.
  const before = await lease()
  await region.world.stopMember(name)
  await until(async () => (await lease()).number > before.number)
  await region.world.startMember(name)
}, 180_000)

afterAll(async () => {
  await leading.kill()
  await region.end()
  await store.close()
  await server.destroy()
  await rm(directory, { recursive: true })
})

async function startSecond(): Promise<NodeProcess> {
  const [publicPort = 0, internalPort = 0, port] = await freePorts(3)
  const { tls } = settings?.http?.public ?? {}
  if (settings === undefined || tls === undefined) throw new Error('the gemeente has no settings')
  const other = { ...settings, http: { ...settings.http, public: { ...settings.http?.public, tls: { ...tls, port } } } }
  const configFile = join(directory, 'second.yaml')
  await writeFile(configFile, JSON.stringify(other))
  return startNodeProcess({ configFile, publicPort, internalPort })
}

interface Held {
  readonly holder: string
  readonly number: number
}

/** Who follows the cases. */
async function lease(): Promise<Held> {
  const found = await store.records.get<Held>({ name: 'leases' }, ['own abonnementen'])
  return found?.value ?? { holder: '', number: 0 }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    if (await isSo()) return
    await sleep(100)
  }
  throw new Error('it did not come to be so')
}

const gemeente = () => region.world.member(name).administrator

/** Registers the cases with these numbers, each of another person. */
async function keepCases(from: number, to: number): Promise<void> {
  const changes = Array.from({ length: to - from + 1 }, (_, at) => from + at).flatMap((number) => {
    const [clientID, besluitID, start] = [recordId('a', number), recordId('b', number), '2026-01-01']
    const besluit = { besluitID, clientID, domein: 'WMO', gemeente: '9996', afgiftedatum: start, ingangsdatum: start }
    return [
      { type: 'Client', record: { clientID, bsn: bsnOf(number) } },
      { type: 'Besluit', record: { ...besluit, einddatum: null } },
      toewijzingChange({ number, besluitID, aanbieder: '06999901', from: start, until: null }),
    ]
  })
  const path = `/internal/bronnet/v1/registers/${name}/${toewijzingen}/changes`
  await gemeente().call('POST', path, { by: 'test', changes })
}

async function given(): Promise<readonly string[]> {
  const path = '/internal/bronnet/v1/abonnementen/ciz/given?limit=500'
  const page = givenAbonnementPageSchema.parse(await region.world.member('ciz').administrator.call('GET', path))
  return page.abonnementen.filter(({ role }) => role === 'gemeente').map(({ abonnementID }) => abonnementID)
}

async function own() {
  const path = `/internal/bronnet/v1/abonnementen/${name}?limit=500`
  return ownAbonnementPageSchema.parse(await gemeente().call('GET', path)).abonnementen
}

test('two replicas follow each own case once, though the one that does it is killed in between', async () => {
  const { holder } = await lease()
  await keepCases(1, 20)
  await until(async () => (await given()).length > 0)
  await keepCases(21, 60)
  await leading.kill()
  const atKill = (await given()).length
  await keepCases(61, 70)

  await until(async () => (await own()).filter(({ state }) => state === 'active').length === 70)
  expect((await lease()).holder).not.toBe(holder)
  // Otherwise all was done before the kill, and nothing was tested.
  expect(atKill).toBeLessThan(60)
  const [followed, abonnementIDs] = [await own(), await given()]
  expect(abonnementIDs).toHaveLength(70)
  expect(new Set(abonnementIDs).size).toBe(70)
  expect(new Set(followed.map(({ zaak }) => zaak?.clientID)).size).toBe(70)
  expect(followed.map(({ abonnementID }) => abonnementID).sort()).toEqual([...abonnementIDs].sort())
}, 180_000)
