import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock, toRfc3339 } from '../../../node/kernel/clock.js'
import { electronicService, listOf } from '../discovery/address-book/example.js'
import { membershipOf, service, startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

let composed: ComposedNode
let directory: string
beforeAll(async () => {
  composed = await startComposedNode()
  directory = await mkdtemp(join(tmpdir(), 'bronnet-addressbook-'))
  await writeFile(file('good.json'), JSON.stringify(listOf(electronicService())))
  await writeFile(
    file('broken.json'),
    JSON.stringify(listOf(electronicService(), electronicService({ gegevensdienstId: 'x' }))),
  )
})
afterAll(async () => {
  await composed.end()
  await rm(directory, { recursive: true })
})

const file = (name: string): string => join(directory, name)

/** What a command said, and how it ended. */
async function run(...words: readonly string[]): Promise<{ readonly status: number | null; readonly said: string }> {
  const node = `http://127.0.0.1:${String(composed.node.internalPort)}`
  const { status, output, errors } = await runHere(['addressbook', ...words, '--node', node])
  return { status, said: (output === '' ? errors : output).trimEnd() }
}

const inYears = (years: number): string => toRfc3339(systemClock.now() + years * 365 * 86_400_000)

describe('bronnet addressbook', () => {
  test('shows that there is none before the first import', async () => {
    expect(await run('show')).toEqual({ status: 1, said: 'No list was imported.' })
    expect((await run('find', 'ciz', 'melding')).status).toBe(1)
  })

  test('imports a list, shows and exports it, and says who did it', async () => {
    const imported = await run('import', file('good.json'), '--by', 'beheerder')
    expect(imported).toEqual({ status: 0, said: expect.stringMatching(/^1 addresses, which count until 20/) })
    expect((await run('show')).said).toMatch(/^1 addresses, imported at .* by beheerder; they count until /)
    expect((await run('export', '--output', file('out.json'), '--environment', 'TST')).status).toBe(0)
    expect(JSON.parse(await readFile(file('out.json'), 'utf8'))).toEqual(listOf(electronicService()))
    expect(JSON.parse((await run('export', '--environment', 'PRD')).said)).toEqual(listOf())
    const { json } = await composed.inside('GET', '/internal/bronnet/v1/audit?limit=1000')
    const { entries } = json as { readonly entries: readonly { readonly event: { readonly code: string } }[] }
    expect(entries.map(({ event }) => event).filter(({ code }) => code.startsWith('addressbook.'))).toMatchObject([
      { code: 'addressbook.imported', actor: { user: { id: 'beheerder' } } },
      { code: 'addressbook.exported', object: { recordCount: 1 } },
      { code: 'addressbook.exported', object: { recordCount: 0 } },
    ])
  })

  test('finds an address in it', async () => {
    const { status, said } = await run('find', 'ciz', 'indicatieregister', '--environment', 'TST')
    expect([status, said]).toEqual([0, expect.stringMatching(/audience +https:\/\/ciz\.example\.nl\/graphql\n/)])
    const { said: json } = await run('find', 'ciz', 'indicatieregister', '--environment', 'TST', '--json')
    expect(JSON.parse(json)).toMatchObject({ source: 'address-book', grant: 'certificate' })
  })

  test('refuses a broken list with its faults, a line each; with leave takes what is good', async () => {
    const refused = await run('import', file('broken.json'))
    expect(refused.status).toBe(1)
    expect(refused.said.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^bronnet: electronicServices\[1\]\.gegevensdienstId/),
    ])
    const { status, said } = await run('import', file('broken.json'), '--skip-broken')
    expect([status, said]).toEqual([0, expect.stringContaining('Left out:\n  electronicServices[1]')])
  })

  test.each([
    [['import', 'good.json', '--valid-until', inYears(-1)], 1, 'within a year'],
    [['import', 'good.json', '--valid-until', inYears(2)], 1, 'within a year'],
    [['import', 'good.json', '--valid-until', 'morgen'], 64, 'give a date'],
    [['import', 'absent.json'], 64, 'cannot be read'],
    [['export', '--environment', 'OTA'], 1, 'environment'],
    [['export', '--output', 'absent/out.json'], 69, 'cannot be written'],
    [['find', 'bsn:999990019', 'melding'], 1, 'organization'],
    [['find', 'ciz', '../melding'], 1, 'function'],
  ])('%j is refused', async (words, status, reason) => {
    const placed = words.map((word) => (word.endsWith('.json') ? file(word) : word))
    expect(await run(...placed)).toEqual({ status, said: expect.stringContaining(reason) })
  })
})

describe('where a function of an organisation is', () => {
  test('is said by discovery before the address book', async () => {
    const { inside, dids } = composed
    const organization = { name: 'CIZ', city: 'Utrecht', id: '62253778', id_type: 'kvk', role: 'ciz' }
    const membership = membershipOf(dids, { credentialSubject: { id: dids.ciz, organization } })
    const { json: credential } = await inside('POST', '/internal/vcr/v2/issuer/vc', membership)
    const type = { 'content-type': 'application/json' }
    await inside('POST', '/internal/vcr/v2/holder/ciz/vc', JSON.stringify(credential), type)
    await inside('POST', `/internal/discovery/v1/${service}/ciz`)
    await inside('POST', `/internal/bronnet/v1/discovery/${service}/sync`)
    const { json } = await inside('GET', '/internal/bronnet/v1/endpoint?organization=ciz&function=indicatieregister')
    expect(json).toMatchObject({
      organization: 'ciz',
      source: 'discovery',
      endpoint: `${composed.publicUrl}/sources/ciz/indicatieregister/graphql`,
      authorizationServer: `${composed.publicUrl}/oauth2/ciz`,
      tokenEndpoint: `${composed.publicUrl}/oauth2/ciz/token`,
      did: dids.ciz,
      stale: false,
    })
    const unknown = await inside('GET', '/internal/bronnet/v1/endpoint?organization=uzovi:5999&function=melding')
    expect(unknown).toMatchObject({ status: 404, json: { code: 'endpoint-unknown', errors: expect.any(Array) } })
  })
})
