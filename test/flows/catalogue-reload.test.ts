import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { service, startComposedNode, type ComposedNode } from '../unit/http/composed.js'

let directory: string
let composed: ComposedNode

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-packs-'))
  await cp(packageFile('policies'), directory, { recursive: true })
  composed = await startComposedNode({
    policies: { directory },
    catalogue: {
      name: 'CIZ',
      contact: 'gegevens@ciz.example',
      spatial: ['http://publications.europa.eu/resource/authority/country/NLD'],
      lists: [],
    },
  })
})
afterAll(async () => {
  await composed.end()
  await rm(directory, { recursive: true, force: true })
})

interface Document {
  readonly version: string
  readonly dataset: readonly [
    { readonly title: { readonly nl: string }; readonly hasPolicy: readonly [{ readonly id: string }] },
  ]
}
const catalogue = async () => (await composed.outside('GET', '/catalogus')).json as Document

async function renameTo(title: string) {
  const file = join(directory, 'indicatieregister', 'pack.json')
  const pack = JSON.parse(await readFile(file, 'utf8')) as { catalogue: { title: { nl: string } } }
  pack.catalogue.title.nl = title
  await writeFile(file, JSON.stringify(pack))
  return composed.inside('POST', '/internal/bronnet/v1/policy/reload', {})
}

describe('packs that are read anew', () => {
  test('make a new version of the catalogue, whose offer has the next number', async () => {
    const before = await catalogue()
    expect((await renameTo('Indicaties')).status).toBe(200)
    const after = await catalogue()
    expect(after.version).not.toBe(before.version)
    expect(after.dataset[0].title.nl).toBe('Indicaties')
    expect(after.dataset[0].hasPolicy[0].id).toMatch(/policies\/indicatieregister\/v2$/)
    expect((await composed.outside('GET', `/catalogus/versions/${before.version}`)).status).toBe(200)
  })

  test('leave the last good catalogue when the new one could name a person', async () => {
    const before = await catalogue()
    expect((await renameTo('Van 999990019')).status).toBe(200)
    expect(await catalogue()).toEqual(before)
    const { text } = await composed.inside('GET', '/internal/bronnet/v1/audit?limit=1000')
    expect(text).toContain('catalogue.refused')
    expect(text).not.toContain('999990019')
  })
})

describe('a list whose grondslag waits for a change of law', () => {
  const keptBy = async (sandbox: boolean): Promise<readonly string[]> => {
    const node = await startComposedNode({
      policies: { sandbox },
      catalogue: {
        name: 'CIZ',
        contact: 'gegevens@ciz.example',
        spatial: ['http://publications.europa.eu/resource/authority/country/NLD'],
        lists: [
          {
            service,
            theme: 'HEAL',
            grondslag: { text: 'Een wet die er nog niet is', status: 'te-wijzigen' },
            legislation: ['https://wetten.overheid.nl/jci1.3:c:BWBR0035917'],
            legalBasis: ['A6-1-e'],
            purposes: { ADRESSERING: { nl: 'Vinden wie deelneemt' } },
          },
        ],
      },
    })
    try {
      const { dataset } = (await node.outside('GET', '/catalogus')).json as { dataset: readonly { id: string }[] }
      return dataset.map(({ id }) => id.split('/').at(-1) ?? '')
    } finally {
      await node.end()
    }
  }

  test('is in the catalogue of a sandbox, and in no other', async () => {
    expect(await keptBy(true)).toEqual(['indicatieregister', service])
    expect(await keptBy(false)).toEqual(['indicatieregister'])
  })
})
