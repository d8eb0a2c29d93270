import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { buildDocument } from '../../node/catalogue/build-document.js'
import { listPurposes } from '../../node/catalogue/offer.js'
import { createReadCatalogue } from '../../node/catalogue/read-catalogue.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { readPack, readPacks } from '../../node/policy/pack.js'
import { writeCapabilityStatement } from '../../node/sources/fhir/capability-statement.js'
import { loadRegisterDefinition } from '../../node/sources/register/definition.js'
import { exampleContents, exampleSource } from '../support/catalogue-world.js'
import { fhirMediaType } from '../../schemas/wire/fhir.js'

const directory = packageFile('policies')
const names = [...(await readPacks(directory)).keys()]
const read = createReadCatalogue({ loopback: false })

describe.each(names)('how %s is described in catalogues', (name) => {
  test('names every purpose of its rules, and no other', async () => {
    const { data } = await readPack(directory, name)
    expect(Object.keys(data.catalogue?.purposes ?? {}).sort()).toEqual(listPurposes(data.rules).map(({ code }) => code))
  })

  test('makes a catalogue that holds to the rules of the network', async () => {
    const { data, text } = await readPack(directory, name)
    const { catalogue: about, rules, schema, version } = data
    if (about === undefined) throw new Error('the pack has no catalogue block')
    const source = exampleSource({
      key: name,
      about,
      version,
      purposes: listPurposes(rules),
      rules: { text, mediaType: 'application/json' },
      schema:
        data.fhir === undefined
          ? { text: loadRegisterDefinition(schema).sdl, mediaType: 'application/graphql' }
          : { text: writeCapabilityStatement(data), mediaType: fhirMediaType },
    })
    const at = '2026-11-24T09:00:00Z'
    const document = buildDocument(exampleContents({ sources: [source] }), {
      issued: at,
      modified: at,
      version: '1',
      sources: {},
    })
    const found = await read(JSON.stringify(document), 'application/ld+json')
    expect(found.conforms || found.violations).toBe(true)
  })

  test('points to laws and models at places that look like theirs', () => {
    const { catalogue } = JSON.parse(readFileSync(`${directory}/${name}/pack.json`, 'utf8')) as {
      catalogue: { legislation: readonly string[]; model: string }
    }
    for (const law of catalogue.legislation)
      expect(law).toMatch(/^https:\/\/wetten\.overheid\.nl\/jci1\.3:c:BWBR\d{7}(&artikel=[0-9.]+[a-z]?)?$/)
    expect(catalogue.model).toMatch(/^https:\/\//)
  })
})
