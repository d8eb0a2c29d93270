import { readFile } from 'node:fs/promises'

/** How a digest of a catalogue begins. @see RDF Dataset Canonicalization (RDFC-1.0) */
const digestPrefix = 'rdfc-1.0+sha-256:'

/** The context of the network, under the name that every node knows it by. It is shipped, and never fetched. */
export const catalogueContext = 'https://catalogus.example/contexts/catalogus-v1.jsonld'
const contextFile = 'schemas/contexts/catalogus-v1.json'
/** Where a node serves the same context, below the catalogue. */
const contextPath = '/context/v1'

const mostStatements = 10_000
const mostDepth = 24
/** How often things without a name are compared, and in how many orders, before the document is refused. */
const mostComparisons = 4_096
const mostOrders = 1_000

/** Why a document has no digest. */
export class Undigestible extends Error {
  override readonly name = 'Undigestible'
}

/**
 * The digest of a catalogue document: the same for all forms of the same statements. The libraries are loaded when they
 * are first needed. Bounded, whatever the document, as long as its size is.
 * @throws Undigestible for a document with another context, or with anything that its digest would not cover
 */
export async function digestOf(document: Readonly<Record<string, unknown>>): Promise<string> {
  const { '@context': context, ...rest } = document
  const own =
    typeof rest['id'] === 'string' ? `${rest['id'].replace(/\/catalogus\/?.*$/, '/catalogus')}${contextPath}` : ''
  const [name, ...more]: readonly unknown[] = [context].flat()
  if (more.length > 0 || (name !== catalogueContext && name !== own)) throw new Undigestible('another context')
  checkPlain(rest, 1)
  const [{ default: jsonld }, { default: rdfCanonize }, shipped] = await Promise.all([
    import('jsonld'),
    import('rdf-canonize'),
    readContext(),
  ])
  const documentLoader = async (url: string) => {
    if (url !== catalogueContext) throw new Undigestible('another context')
    return { contextUrl: null, documentUrl: url, document: shipped, tag: 'static' as const }
  }
  try {
    const options = { base: null, safe: true, documentLoader }
    const expanded = await jsonld.expand({ '@context': catalogueContext, ...rest }, options)
    checkAbsolute(expanded)
    const rdf = { skipExpansion: true, produceGeneralizedRdf: false, rdfDirection: 'i18n-datatype' } as const
    const statements = await jsonld.toRDF(expanded, { ...options, ...rdf })
    if (statements.length > mostStatements) throw new Undigestible('too many statements')
    const text = await rdfCanonize.canonize(statements, {
      algorithm: 'RDFC-1.0',
      format: 'application/n-quads',
      maxDeepIterations: mostComparisons,
      signal: budget(mostOrders),
    })
    return `${digestPrefix}${await sha256(text)}`
  } catch (cause) {
    if (cause instanceof Undigestible) throw cause
    throw new Undigestible('it cannot be read as linked data', { cause })
  }
}

/** Only the names that the context gives: keywords of JSON-LD could say what a reader of the JSON does not see. */
function checkPlain(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > mostDepth) throw new Undigestible('too deep')
  for (const [name, member] of Object.entries(value)) {
    if (name.startsWith('@') && name !== '@none') throw new Undigestible('a keyword inside')
    checkPlain(member, depth + 1)
  }
}

/** What is not absolute names nothing, so its statement would be left out. */
function checkAbsolute(expanded: unknown): void {
  if (typeof expanded !== 'object' || expanded === null) return
  for (const [name, member] of Object.entries(expanded)) {
    if (name === '@value') continue
    const named: readonly unknown[] = name === '@id' || name === '@type' ? [member].flat() : []
    if (named.some((iri) => typeof iri === 'string' && !/^[a-z][a-z0-9+.-]*:/i.test(iri)))
      throw new Undigestible('a name that is not absolute')
    checkAbsolute(member)
  }
}

function budget(most: number): { readonly aborted: boolean; readonly reason: string } {
  let used = 0
  return {
    get aborted() {
      used += 1
      return used > most
    },
    reason: 'too much looks alike',
  }
}

async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** From the sources, or from what was built of them. */
async function readContext(): Promise<unknown> {
  const places = ['..', '../..'].map((up) => new URL(`${up}/${contextFile}`, import.meta.url))
  const texts = await Promise.allSettled(places.map((place) => readFile(place, 'utf8')))
  const found = texts.find((text) => text.status === 'fulfilled')
  if (found === undefined) throw new Error(`${contextFile} is not in this package`)
  return JSON.parse(found.value)
}
