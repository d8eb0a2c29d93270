import { describe, expect, test } from '@jest/globals'
import { codeOf } from '../../../node/catalogue/catalogue.js'
import { findMediaType } from '../../../node/catalogue/parse-document.js'
import { createReadCatalogue } from '../../../node/catalogue/read-catalogue.js'
import { roleList } from '../../../node/catalogue/vocabulary.js'
import { exampleDataset, exampleDocument, exampleService } from '../../support/catalogue-documents.js'
import { rejectionOf } from '../../support/refusals.js'
import { describeWithShared } from '../../support/shared.js'

const read = createReadCatalogue({ loopback: false })
const readJson = (document: unknown) => read(JSON.stringify(document), 'application/ld+json')
const violationsOf = async (document: unknown) => {
  const found = await readJson(document)
  return found.conforms ? [] : found.violations
}
const withDataset = (change: object) => ({
  ...exampleDocument(),
  dataset: [{ ...exampleDataset('wmo'), ...change }],
})

describe('a catalogue document', () => {
  test('is read as plain data', async () => {
    const found = await readJson(exampleDocument())
    if (!found.conforms) throw new Error(found.violations.join('\n'))
    const { catalogue } = found
    expect(catalogue).toMatchObject({
      id: 'https://node.voorbeeld.example/catalogus',
      version: '2026-10-01.1',
      publisher: {
        did: 'did:web:node.voorbeeld.example',
        id: 'https://identifier.overheid.nl/tooi/id/gemeente/gm9999',
        name: { nl: 'Gemeente Voorbeeld' },
      },
      datasets: [
        {
          id: 'https://node.voorbeeld.example/catalogus/datasets/wmo',
          title: { nl: 'Maatwerkvoorzieningen' },
          keywords: ['Wmo', 'voorziening'],
          accessRights: 'http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC',
          legalBases: ['https://w3id.org/dpv/legal/eu/gdpr#A6-1-e'],
          purposes: [{ id: 'https://catalogus.example/doel/WMO_UITVOERING', label: { nl: 'Uitvoeren van de Wmo' } }],
          policies: [
            {
              digest: 'sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
              permissions: [
                {
                  purposes: ['https://catalogus.example/doel/WMO_UITVOERING'],
                  roles: ['https://catalogus.example/rol/CIZ', 'https://catalogus.example/rol/GEMEENTE'],
                },
              ],
            },
          ],
          subjectSelector: 'https://catalogus.example/selector/bsn-at-source',
        },
      ],
      services: [{ endpointURL: 'https://node.voorbeeld.example/wmo/graphql' }],
    })
    expect(catalogue.datasets[0]?.roles.map((role) => codeOf(role, roleList))).toEqual(['CIZ', 'GEMEENTE'])
    expect(structuredClone(catalogue)).toEqual(catalogue)
    expect(catalogue.digest).toMatch(/^rdfc-1\.0\+sha-256:[A-Za-z0-9_-]{43}$/)
  })

  test('has one digest, in whatever order its members stand', async () => {
    const { '@context': context, ...rest } = exampleDocument()
    const turned = Object.fromEntries(Object.entries(rest).reverse())
    const [one, other] = [await readJson(exampleDocument()), await readJson({ '@context': context, ...turned })]
    expect(other.digest).toBe(one.digest)
  })

  test('has another digest when one text changes', async () => {
    const [one, other] = [await readJson(exampleDocument()), await readJson(withDataset({ title: { nl: 'Anders' } }))]
    expect(other.digest).not.toBe(one.digest)
  })

  test('may name the context as its own node serves it', async () => {
    const context = 'https://node.voorbeeld.example/catalogus/context/v1'
    expect((await readJson({ ...exampleDocument(), '@context': context })).conforms).toBe(true)
  })

  test('with many datasets of one shape is read', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `set-${String(index)}`)
    const found = await readJson(exampleDocument(keys))
    expect(found.conforms && found.catalogue.datasets).toHaveLength(60)
  })

  test('on this machine counts where loopback is allowed, and nowhere else', async () => {
    const text = JSON.stringify(exampleDocument()).replaceAll('https://node.voorbeeld.example', 'http://localhost:8080')
    expect((await read(text, 'application/ld+json')).conforms).toBe(false)
    expect((await createReadCatalogue({ loopback: true })(text, 'application/ld+json')).conforms).toBe(true)
  })
})

describe('a catalogue that lacks something is not believed, and says what', () => {
  const without = (object: object, name: string) =>
    Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

  test.each([
    ['title', 'needs a title, one in each language'],
    ['applicableLegislation', 'needs at least one applicable legislation'],
    ['legalBasis', 'needs at least one legal basis in the GDPR'],
    ['purpose', 'needs at least one purpose'],
    ['conformsTo', 'needs at least one data model that it conforms to'],
    ['accrualPeriodicity', 'needs exactly one update frequency'],
    ['accessRights', 'needs exactly one kind of access rights'],
    ['hasPolicy', 'needs at least one policy'],
    ['distribution', 'needs at least one distribution'],
    ['subjectSelector', 'needs exactly one way to find who holds data about a person'],
    ['version', 'needs exactly one version, of three numbers'],
  ])('a dataset without %s', async (name, sentence) => {
    const document = { ...exampleDocument(), dataset: [without(exampleDataset('wmo'), name)] }
    expect(await violationsOf(document)).toContain(`https://node.voorbeeld.example/catalogus/datasets/wmo: ${sentence}`)
  })

  test('a publisher without a DID', async () => {
    const { publisher } = exampleDocument()
    const document = { ...exampleDocument(), publisher: { ...publisher, identifier: 'gm9999' } }
    expect(await violationsOf(document)).toContain(`${publisher.id}: needs exactly one DID of its publisher`)
  })

  test('a document that describes nothing', async () => {
    expect(await read('', 'text/turtle')).toMatchObject({
      conforms: false,
      violations: ['the document describes no catalogue, or several'],
    })
  })

  test.each([
    ['an endpoint without TLS', { ...exampleService('wmo'), endpointURL: 'http://node.voorbeeld.example/wmo' }],
    ['a dataset that is not there', { ...exampleService('wmo'), servesDataset: ['https://node.voorbeeld.example/x'] }],
  ])('a service with %s', async (_, service) => {
    expect((await violationsOf({ ...exampleDocument(), service: [service] })).join()).toMatch(
      /https URL|not in the cat/,
    )
  })

  test('a dataset at the place of another party', async () => {
    const id = 'https://node.ander.example/catalogus/datasets/wmo'
    const document = { ...withDataset({ id }), service: [{ ...exampleService('wmo'), servesDataset: [id] }] }
    expect(await violationsOf(document)).toEqual([`${id}: is a dataset at another place than its catalogue`])
  })
})

describe('a catalogue speaks for its publisher alone', () => {
  test('so a dataset has no other publisher', async () => {
    const other = {
      id: 'https://ander.example/',
      type: 'Agent',
      name: { nl: 'Ander' },
      identifier: 'did:web:ander.example',
    }
    expect(await violationsOf(withDataset({ publisher: other }))).toEqual([
      'https://node.voorbeeld.example/catalogus/datasets/wmo: has another publisher than its catalogue',
    ])
  })

  test('and describes nothing beside it', async () => {
    const [listed, beside] = [exampleDataset('wmo'), exampleDataset('beside')]
    const document = { ...exampleDocument(), dataset: [{ ...listed, page: { ...beside, id: beside.id } }] }
    expect(await violationsOf(document)).toContain(`${beside.id}: is described and is not in the catalogue`)
  })
})

describe('a number that could be a BSN', () => {
  test.each([
    ['a description', { description: { nl: 'Van 999990019 en anderen' } }],
    ['a name', { page: { id: 'https://node.voorbeeld.example/999990019', type: 'Document' } }],
    ['a name that hides it', { page: { id: 'https://node.voorbeeld.example/%39%39999001%39', type: 'Document' } }],
    ['full-width digits', { keyword: { nl: ['９９９９９００１９'] } }],
  ])('in %s is found and not repeated', async (_, change) => {
    const violations = await violationsOf(withDataset(change))
    expect(violations.join()).toContain('wmo: a number that could be a BSN in ')
    expect(violations.join()).not.toMatch(/999990019|%39/)
  })

  test('is no other number of nine digits', async () => {
    expect(
      await violationsOf(withDataset({ page: { id: 'https://node.voorbeeld.example/999990018', type: 'Document' } })),
    ).toEqual([])
  })
})

describe('a document that cannot be understood is refused', () => {
  const { '@context': context } = exampleDocument()

  test.each([
    ['another context', { ...exampleDocument(), '@context': 'https://elders.example/context' }],
    ['a context of its own', { ...exampleDocument(), '@context': { title: 'urn:x' } }],
    [
      'the context as another node serves it',
      { ...exampleDocument(), '@context': 'https://elders.example/catalogus/context/v1' },
    ],
    ['a context inside', withDataset({ '@context': { title: 'urn:x' } })],
    ['a term that means nothing', withDataset({ owner: 'x' })],
    ['a relative name', withDataset({ landingPage: '/hier' })],
    ['a name that all objects share', { '@context': context, id: 'constructor', title: { nl: 'x' } }],
    ['a list of documents', [exampleDocument()]],
    ['a named graph', { '@context': context, id: 'urn:x', '@graph': [exampleDataset('wmo')] }],
  ])('with %s', async (_, document) => {
    expect((await rejectionOf(readJson(document))).code).toBe('catalogue.malformed')
  })

  test.each([
    ['no JSON', '{'],
    ['a member twice', '{"id":"urn:a","id":"urn:b"}'],
    ['a member of all objects', '{"__proto__":{"id":"urn:a"}}'],
  ])('as JSON with %s', async (_, text) => {
    expect((await rejectionOf(read(text, 'application/ld+json'))).code).toBe('catalogue.malformed')
  })

  test.each([
    ['no Turtle', '<urn:a> <urn:b>'],
    ['a relative name', '<a> <urn:b> <urn:c> .'],
    ['a statement about a statement', '<urn:a> <urn:b> <<( <urn:c> <urn:d> <urn:e> )>> .'],
    ['rules', '{ <urn:a> <urn:b> <urn:c> } => { <urn:a> <urn:b> <urn:d> } .'],
    ['half a character', '<urn:a> <urn:b> "\\uD800" .'],
    ['a direction', '<urn:a> <urn:b> "x"@nl--rtl .'],
  ])('as Turtle with %s', async (_, text) => {
    expect((await rejectionOf(read(text, 'text/turtle'))).code).toBe('catalogue.malformed')
  })

  test('without a word of it in the error', async () => {
    const error = await rejectionOf(read('<urn:a> <urn:b> "999990019', 'text/turtle'))
    expect(JSON.stringify([error.message, error.notes, error.cause])).not.toContain('999990019')
  })
})

describe('a document that would cost too much is refused', () => {
  const count = (most: number, line: (index: number) => string) =>
    Array.from({ length: most }, (_, i) => line(i)).join('\n')

  test.each([
    ['too many bytes', `# ${'x'.repeat(256 * 1024)}`],
    ['too many statements', count(10_001, (i) => `<urn:a> <urn:b> ${String(i)} .`)],
    ['far too many statements', `<urn:a> <urn:b> ${count(60_000, (i) => String(i % 10)).replaceAll('\n', ',')} .`],
    ['too many things', count(2_001, (i) => `<urn:a${String(i)}> <urn:b> <urn:c> .`)],
    ['too many things without a name', count(600, (i) => `<urn:a> <urn:b${String(i)}> [] .`)],
    ['one thing without a name in too many statements', count(100, (i) => `_:a <urn:b> ${String(i)} .`)],
    [
      'a poison graph',
      count(12, (a) => count(11, (b) => `_:n${String(a)} <urn:p> _:n${String(b + (b >= a ? 1 : 0))} .`)),
    ],
    [
      'two stars of points that look alike',
      count(2, (a) => count(40, (b) => `_:s${String(a)} <urn:p> _:p${String(a)}x${String(b)} .`)),
    ],
    ['a ring', count(500, (i) => `_:r${String(i)} <urn:p> _:r${String((i + 1) % 500)} .`)],
  ])('with %s', async (_, text) => {
    expect((await rejectionOf(read(text, 'text/turtle'))).code).toBe('catalogue.too_large')
  })

  test.each([
    [
      'a list that is too long',
      { ...exampleDocument(), spatial: Array.from({ length: 1_001 }, (_, i) => `urn:x:${String(i)}`) },
    ],
    ['too many levels', JSON.parse(`${'{"constraint":'.repeat(40)}{}${'}'.repeat(40)}`) as unknown],
  ])('as JSON-LD with %s', async (_, document) => {
    expect((await rejectionOf(readJson(document))).code).toBe('catalogue.too_large')
  })
})

test.each([
  ['application/ld+json', 'application/ld+json'],
  ['Text/Turtle; charset="UTF-8"', 'text/turtle'],
  ['text/turtle; charset=latin1', undefined],
  ['text/html', undefined],
  ['', undefined],
])('the content type %j is the form %s', (contentType, form) => expect(findMediaType(contentType)).toBe(form))

describe('as Turtle', () => {
  test('the same statements in one form or the other have one digest', async () => {
    const turtle =
      '<urn:a> <http://purl.org/dc/terms/title> "Een titel"@NL, "Een titel"@nl ; a <http://www.w3.org/ns/dcat#Catalog> .'
    const jsonLd = {
      '@context': exampleDocument()['@context'],
      id: 'urn:a',
      type: 'Catalog',
      title: { nl: 'Een titel' },
    }
    expect((await read(turtle, 'text/turtle')).digest).toBe((await readJson(jsonLd)).digest)
  })
})

describeWithShared('the published examples', ['shapes', 'examples'], (file) => {
  test.each(['ciz', 'gemeente', 'huisarts'])('%s reads the same from JSON-LD and from Turtle', async (name) => {
    const jsonLd = await read(file(`${name}.catalogus.jsonld`), 'application/ld+json')
    const turtle = await read(file(`${name}.catalogus.ttl`), 'text/turtle')
    expect(jsonLd.conforms || jsonLd.violations).toBe(true)
    expect(turtle).toEqual(jsonLd)
  })
})
