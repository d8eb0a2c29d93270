import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openServedSources, type ServedSources } from '../../../node/access/served-sources.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import type { SourceConfiguration } from '../../../schemas/configuration.js'
import { createNodeParts } from '../../support/node-parts.js'
import { rejectionOf } from '../../support/refusals.js'
import { plainFace } from '../../support/source-face.js'

const upstream = { url: 'https://fhir.example.nl/r4', headerName: 'Authorization', timeoutSeconds: 5, maxBytes: 1024 }
/** A FHIR server elsewhere. Nobody is there: opening it asks nothing. */
const dossier: SourceConfiguration = {
  ...plainFace,
  name: 'dossier',
  kind: 'fhir',
  schema: 'fhir-r4',
  pack: 'patientsamenvatting',
  upstream,
}

let policies: string

beforeEach(async () => {
  policies = await mkdtemp(join(tmpdir(), 'bronnet-policies-'))
  for (const name of ['indicatieregister', 'patientsamenvatting'])
    await cp(packageFile('policies', name), join(policies, name), { recursive: true })
})
afterEach(() => rm(policies, { recursive: true }))

const open = (changes: Partial<SourceConfiguration> = {}): Promise<ServedSources> =>
  openServedSources({
    ...createNodeParts({ trust: { LedenadministratieCredential: ['did:web:stelsel.example.nl'] } }),
    policiesDirectory: policies,
    configured: [{ subject: 'huisarts', sources: [{ ...dossier, ...changes }] }],
  })

describe('a FHIR server elsewhere', () => {
  test.each<readonly [string, Partial<SourceConfiguration>, RegExp]>([
    ['without saying where', { upstream: undefined }, /needs upstream: where its FHIR server is/],
    ['over plain http to another machine', { upstream: { ...upstream, url: 'http://10.0.0.1/r4' } }, /with https/],
    [
      'with a query in its url',
      { upstream: { ...upstream, url: 'https://fhir.example.nl/r4?a=b' } },
      /without a query/,
    ],
    ['with a seed', { seed: 'seed.json' }, /has no seed, authorizations or codes/],
    ['with authorizations by itself', { authorizations: true }, /has no seed, authorizations or codes/],
    ['with codes', { codes: [{ file: 'codes.json', fields: ['grondslag'] }] }, /has no seed, authorizations or codes/],
    [
      'with the pack of a register',
      { schema: 'indicatieregister-2', pack: 'indicatieregister' },
      /needs a pack with templates/,
    ],
  ])('cannot be a source %s', async (_what, changes, note) => {
    expect((await open()).namesOf('huisarts')).toEqual(['dossier'])
    const refusal = await rejectionOf(open(changes))
    expect(`${refusal.code}: ${refusal.notes.join()}`).toMatch(
      new RegExp(`^config\\.invalid: parties: source dossier of huisarts .*${note.source}`),
    )
  })

  test('takes what the pack names from when that was read anew', async () => {
    const served = await open()
    const file = join(policies, 'patientsamenvatting', 'pack.json')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replaceAll('"problemen"', '"aandoeningen"'))
    const namesOf = () => served.find('huisarts', 'dossier')?.published.pack.fhir?.templates.map(({ name }) => name)
    const before = served.find('huisarts', 'dossier')?.fhir
    expect(namesOf()).toContain('problemen')
    const { apply } = await served.reload()
    expect(namesOf()).toContain('problemen')
    apply()
    expect(namesOf()).toContain('aandoeningen')
    expect(served.find('huisarts', 'dossier')?.fhir).not.toBe(before)
  })
})
