import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Ran } from '../../support/command-process.js'
import { fhirScope, startFhirWorld, type FhirWorld } from '../../support/fhir-world.js'
import { bsnOf, firstBsn } from '../../support/fhir-example.js'
import { runHere } from './here.js'

let world: FhirWorld
let directory: string
beforeAll(async () => {
  world = await startFhirWorld()
  directory = await mkdtemp(join(tmpdir(), 'bronnet-policy-'))
}, 60_000)
afterAll(async () => {
  await world.end()
  await rm(directory, { recursive: true, force: true })
})

async function keep(name: string, text: string): Promise<string> {
  const file = join(directory, name)
  await writeFile(file, text)
  return file
}

const claimsOf = (role: string): string =>
  JSON.stringify({ organization_role: role, organization_id_type: 'agb', organization_id: '06999901' })

async function explain(call: string, more: readonly string[] = [], role = 'zorgaanbieder'): Promise<Ran> {
  const [fhir, claims] = [await keep('vraag.http', call), await keep('claims.json', claimsOf(role))]
  const about = ['--subject', 'huisarts', '--source', 'dossier', '--fhir', fhir, '--claims', claims]
  return runHere(['policy', 'explain', ...about, '--node', world.huisarts.internalUrl, ...more])
}

describe('bronnet policy explain, of a FHIR call', () => {
  test('says which template and rule permit it, and what is left out; nothing is asked, and nothing is in the journal', async () => {
    world.asked.length = 0
    const search = `POST Condition/_search\npatient.identifier=${bsnOf(firstBsn)}\nclinical-status=active\n`
    const events = await world.account(async () => {
      const ran = await explain(search, ['--consent', '--scope', fhirScope])
      expect(ran).toMatchObject({
        status: 0,
        errors: '',
        output: expect.stringMatching(/^permitted by PROBLEMEN\.v1: /),
      })
      expect(ran.output).toContain('template: problemen (search-type Condition)\n')
      expect(ran.output).toContain('left out of the answer: identifier\n')
    })
    expect([world.asked, events]).toEqual([[], []])
  })

  test('says why it is refused, with status 1', async () => {
    const ran = await explain('GET Condition/c-1', [], 'zorgkantoor')
    expect(ran).toMatchObject({ status: 1, output: expect.stringMatching(/^refused: /) })
    expect(ran.output).toContain('nearest rule: PROBLEEM.v1\n  - wie: your role must be zorgaanbieder\n')
  })

  test('takes it as it is said whose the record is, as JSON too', async () => {
    const bsn = await keep('bsn', `${firstBsn}\n`)
    const ran = await explain('Condition/c-1', ['--bsn', bsn, '--consent', '--json'])
    expect(JSON.parse(ran.output)).toMatchObject({ permitted: true, rule: 'PROBLEEM.v1', person: 'assumed' })
    expect(ran.output).not.toContain(firstBsn)
    expect((await explain('Condition/c-1')).output).toContain('would be looked up first: whose it is')
  })

  test('tells which templates there are when none has it', async () => {
    const ran = await explain('GET Observation?patient=p-1')
    expect(ran).toMatchObject({ status: 1, errors: expect.stringContaining('problemen (search-type Condition)') })
  })

  test('refuses a BSN in the URL as the source does, and repeats it nowhere', async () => {
    const ran = await explain(`GET Condition?patient.identifier=${encodeURIComponent(bsnOf(firstBsn))}`)
    expect(ran).toMatchObject({ status: 1, errors: expect.stringContaining('search with POST to _search') })
    expect(ran.output + ran.errors).not.toContain(firstBsn)
  })

  test.each<readonly [string, string, readonly string[]]>([
    ['a call that is none', 'lees alles\nGET x', []],
    ['a query beside it', 'Condition/c-1', ['--query', 'vraag.graphql']],
    ['variables, which go with a query', 'Condition/c-1', ['--variables', 'v.json']],
  ])('is a wrong command with %s', async (_what, call, more) => {
    expect(await explain(call, more)).toMatchObject({ status: 64 })
  })
})
