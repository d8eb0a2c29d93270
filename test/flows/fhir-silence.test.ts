import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { bsnOf, firstBsn } from '../support/fhir-example.js'
import { startFhirWorld, type FhirReply, type FhirWorld } from '../support/fhir-world.js'
import { journalOf } from '../support/journal.js'

const unknownBsn = '999990263'
const fact = 'een bemiddeling van deze cliënt'

/** A Patient with a number that cannot exist, and a problem of that person. */
const ill = [
  {
    resourceType: 'Patient',
    id: 'p-ill',
    meta: { versionId: '1', lastUpdated: '2026-10-01T08:00:00Z' },
    identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '999990010' }],
  },
  {
    resourceType: 'Condition',
    id: 'c-ill',
    meta: { versionId: '1', lastUpdated: '2026-10-01T08:00:00Z' },
    category: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code: 'problem-list-item' }],
      },
    ],
    subject: { reference: 'Patient/p-ill' },
  },
]

let world: FhirWorld
let directory: string

/** Every rule wants a fact as well, that a zorgkantoor keeps, who does not tell it to a huisarts. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-silence-'))
  const policies = join(directory, 'policies')
  await cp(packageFile('policies'), policies, { recursive: true })
  const file = join(policies, 'patientsamenvatting', 'pack.json')
  const pack = JSON.parse(await readFile(file, 'utf8')) as { readonly rules: readonly object[] }
  const needed = {
    name: fact,
    register: 'bemiddelingsregister-1',
    at: 'network',
    scope: 'registers/wlzbemiddelingsregister/pip:read',
    role: ['zorgkantoor'],
    operation: 'bemiddeling',
    where: { 'client.bsn': 'filter.bsn' },
    select: 'wlzIndicatieID',
  }
  await writeFile(file, JSON.stringify({ ...pack, rules: pack.rules.map((rule) => ({ ...rule, facts: [needed] })) }))
  const register = {
    name: 'bemiddelingsregister',
    kind: 'register' as const,
    schema: 'bemiddelingsregister-1' as const,
    pack: 'bemiddelingsregister',
  }
  world = await startFhirWorld({
    records: ill,
    configure(name, settings) {
      if (name === 'huisarts') return { ...settings, policies: { directory: policies } }
      if (name !== 'zorgkantoor-noord') return settings
      return { ...settings, parties: (settings.parties ?? []).map((party) => ({ ...party, sources: [register] })) }
    },
  })
}, 60_000)
afterAll(async () => {
  await world.end()
  await rm(directory, { recursive: true, force: true })
})

/** All that a caller can tell answers by. */
function toldBy({ status, headers, text }: FhirReply) {
  const names = ['content-type', 'retry-after', 'x-bronnet-component', 'etag', 'last-modified', 'content-length']
  return { status, text, headers: names.map((name) => headers.get(name)) }
}

async function lastDecision() {
  const decided = (await journalOf(world.huisarts)).filter(({ event }) => event.code === 'read.decided')
  return decided.at(-1)?.event
}

describe('when a fact cannot be established', () => {
  test('a record by id is as one that is not there, and the journal says why', async () => {
    const there = await world.call('/Condition/c-1')
    expect(await lastDecision()).toMatchObject({ outcome: 'refused', facts: [`${fact}: unavailable`] })
    const missing = await world.call('/Condition/c-99')
    expect((await lastDecision())?.facts).toBeUndefined()
    expect(there.status).toBe(404)
    expect(there.text).toContain('whether you may cannot be told now; a search by number says which')
    expect(toldBy(there)).toEqual(toldBy(missing))
  })

  test('a Patient that is named by id is as one whom nobody knows', async () => {
    const there = await world.call('/Condition?patient=p-1')
    expect(await lastDecision()).toMatchObject({ facts: [`${fact}: unavailable`] })
    expect(there.status).toBe(403)
    expect(toldBy(there)).toEqual(toldBy(await world.call('/Condition?patient=p-99')))
  })

  test('who names the number hears that it can be tried again, whether there is somebody or not', async () => {
    await world.consent(unknownBsn)
    const [known, unknown] = [
      await world.search('Condition', [['patient.identifier', bsnOf(firstBsn)]]),
      await world.search('Condition', [['patient.identifier', bsnOf(unknownBsn)]]),
    ]
    expect([known.status, known.headers.get('retry-after')]).toEqual([403, '5'])
    expect(known.text).toContain(`it cannot be established at the moment: ${fact}; try again`)
    expect(toldBy(known)).toEqual(toldBy(unknown))
  })
})

describe('a Patient with a number that cannot exist', () => {
  test('is as one whom nobody knows, and so are the records of that person', async () => {
    expect(toldBy(await world.call('/Condition/c-ill'))).toEqual(toldBy(await world.call('/Condition/c-99')))
    expect(toldBy(await world.call('/Condition?patient=p-ill'))).toEqual(
      toldBy(await world.call('/Condition?patient=p-99')),
    )
  })
})
