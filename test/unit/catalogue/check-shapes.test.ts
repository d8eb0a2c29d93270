import { describe, expect, test } from '@jest/globals'
import { createCheckShapes } from '../../../node/catalogue/check-shapes.js'
import { createParseDocument } from '../../../node/catalogue/parse-document.js'
import { exampleDocument, exampleService } from '../../support/catalogue-documents.js'
import { describeWithShared } from '../../support/shared.js'

const parse = createParseDocument()
const check = createCheckShapes({ loopback: false })
const checkLoopback = createCheckShapes({ loopback: true })
const statementsOf = (document: unknown) => parse(JSON.stringify(document), 'application/ld+json')

/** Members that a catalogue may do without, by the type of what they stand in. */
const optional: Readonly<Record<string, readonly string[]>> = {
  Catalog: ['creator', 'language', 'issued'],
  Dataset: ['keyword', 'language', 'issued'],
  Distribution: ['title', 'applicableLegislation'],
  DataService: ['creator'],
}

interface Example {
  readonly dataset: readonly {
    readonly id: string
    accessRights: string
    readonly hasPolicy: readonly { readonly permission: readonly { readonly constraint: unknown[] }[] }[]
  }[]
}

type Path = readonly (string | number)[]

/** Every member of every object, by its path. */
function membersOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const here = [...path, Array.isArray(value) ? Number(name) : name]
    return [...(Array.isArray(value) ? [] : [here]), ...membersOf(member, here)]
  })
}

function without(value: unknown, [first = '', ...rest]: Path): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === first ? without(item, rest) : item))
  const entries = Object.entries(value as object)
  if (rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== first))
  return Object.fromEntries(entries.map(([name, member]) => [name, name === first ? without(member, rest) : member]))
}

const typeAt = (path: Path): string => {
  let value: unknown = exampleDocument()
  for (const step of path.slice(0, -1)) value = (value as Record<string | number, unknown>)[step]
  return String((value as { readonly type?: unknown }).type)
}

/** Texts in a language, and names: what takes one away takes away what it stands in, which is another row. */
const isPart = (path: Path): boolean => ['nl', 'id', '@context'].includes(String(path.at(-1)))

describe('the shapes of the network', () => {
  test('hold for a good catalogue', async () => {
    expect(await check(await statementsOf(exampleDocument()))).toEqual([])
  })

  test('ask for whom data are only where not everybody may read them', async () => {
    const forNobodySaid = JSON.parse(JSON.stringify(exampleDocument())) as Example
    const [dataset] = forNobodySaid.dataset
    if (dataset === undefined) throw new Error('the example is empty')
    for (const permission of dataset.hasPolicy.flatMap((policy) => policy.permission)) permission.constraint.pop()
    expect(await check(await statementsOf(forNobodySaid))).toEqual([
      `${dataset.id}: needs permissions that say for whom`,
    ])
    dataset.accessRights = 'access-right:PUBLIC'
    expect(await check(await statementsOf(forNobodySaid))).toEqual([])
  })

  const mandatory = membersOf(exampleDocument()).filter(
    (path) => !isPart(path) && optional[typeAt(path)]?.includes(String(path.at(-1))) !== true,
  )
  // The type of the catalogue itself is what all targets hang on: without it there is nothing to check.
  const rows = mandatory.filter((path) => path.join() !== 'type').map((path) => [path.join('.'), path] as const)

  test.each(rows)('notice that %s is not there', async (_, path) => {
    expect(await check(await statementsOf(without(exampleDocument(), path)))).not.toEqual([])
  })

  test.each(
    membersOf(exampleDocument())
      .filter((path) => optional[typeAt(path)]?.includes(String(path.at(-1))) === true)
      .map((path) => [path.join('.'), path] as const),
  )('hold without %s', async (_, path) => {
    expect(await check(await statementsOf(without(exampleDocument(), path)))).toEqual([])
  })

  test('ask for TLS, but on this machine in development', async () => {
    const service = { ...exampleService('wmo'), endpointURL: 'http://localhost:8080/wmo' }
    const statements = await statementsOf({ ...exampleDocument(), service: [service] })
    expect(await check(statements)).toEqual([`${service.id}: has an endpoint URL that is no https URL`])
    expect(await checkLoopback(statements)).toEqual([])
  })

  test('find a number of nine digits in a text', async () => {
    const document = { ...exampleDocument(), description: { nl: 'Besluit 123456789' } }
    expect(await check(await statementsOf(document))).toEqual([`${document.id}: has a number of nine digits in a text`])
  })

  test('take nine digits in a UUID for what they are', async () => {
    const { publisher, ...document } = exampleDocument()
    const identifier = 'did:web:node.voorbeeld.example:iam:0f4c2f5e-0000-4000-8000-a123456789bc'
    expect(await check(await statementsOf({ ...document, publisher: { ...publisher, identifier } }))).toEqual([])
  })

  test('are not fooled, or kept busy, by a document that makes classes of its own', async () => {
    const document = exampleDocument()
    const statements = await statementsOf({
      ...document,
      contactPoint: { ...document.contactPoint, type: 'urn:own:C0' },
    })
    const ladder = Array.from({ length: 40 }, (_, level) =>
      ['a', 'b'].flatMap((side) =>
        ['a', 'b'].map(
          (other) =>
            `<urn:own:C${String(level)}${side}> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <urn:own:C${String(level + 1)}${other}> .`,
        ),
      ),
    )
    const kind =
      '<urn:own:C0> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://www.w3.org/2006/vcard/ns#Kind> .'
    const classes = await parse([kind, ...ladder.flat()].join('\n'), 'text/turtle')
    expect(await check([...statements, ...classes])).not.toEqual([])
  })
})

describeWithShared('the published examples', ['shapes', 'examples'], (file) => {
  test.each(['ciz', 'gemeente', 'huisarts'])('%s holds to the shapes of the network', async (name) => {
    expect(await check(await parse(file(`${name}.catalogus.ttl`), 'text/turtle'))).toEqual([])
  })
})
