import { readFile } from 'node:fs/promises'
import { markRelativeNames } from '../credentials/proofs/relative-names.js'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import { packageFile } from '../kernel/package-root.js'
import { malformed, mostOfDocument, parseStatements, tooLarge, type ForeignQuad, type Statement } from './statements.js'
import { catalogueContext, catalogueContextFile, catalogueContextPath } from './vocabulary.js'

/** The two forms in which a catalogue document travels. */
export type CatalogueMediaType = 'application/ld+json' | 'text/turtle'

/** The elements of one array: the library compares each with each. */
const mostElements = 1_000
const jsonLimits = { depth: 24, members: 20_000, stringBytes: 32 * 1024 } as const

/** Which of the two forms a `Content-Type` names; `undefined` for any other, and for another charset than UTF-8. */
export function findMediaType(contentType: string): CatalogueMediaType | undefined {
  const [essence = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') return undefined
  return essence === 'application/ld+json' || essence === 'text/turtle' ? essence : undefined
}

/** Makes statements of the text of a catalogue document. */
export type ParseDocument = (text: string, mediaType: CatalogueMediaType) => Promise<readonly Statement[]>

/**
 * A parser that fetches nothing. JSON-LD counts with the context of the network alone, under its own name or under that
 * of the node that the document is of; the libraries are loaded when first needed.
 */
export function createParseDocument(): ParseDocument {
  let loadingJsonLd: ReturnType<typeof loadJsonLd> | undefined
  let loadingTurtle: ReturnType<typeof loadTurtle> | undefined
  return async (text, mediaType) => {
    if (Buffer.byteLength(text) > mostOfDocument.bytes) throw tooLarge('bytes')
    if (mediaType === 'text/turtle') return parseStatements((await (loadingTurtle ??= loadTurtle()))(text))
    return parseStatements(await (await (loadingJsonLd ??= loadJsonLd()))(parseJson(text)))
  }
}

async function loadTurtle() {
  const { default: n3 } = await import('n3')
  return (text: string): readonly ForeignQuad[] => {
    let count = 0
    const factory = {
      ...n3.DataFactory,
      quad(...terms: Parameters<typeof n3.DataFactory.quad>) {
        count += 1
        // Ends the parser where it is: a few bytes make a statement.
        if (count > 2 * mostOfDocument.statements) throw tooLarge('statements')
        return n3.DataFactory.quad(...terms)
      },
    }
    try {
      return new n3.Parser({ format: 'text/turtle', factory }).parse(text)
    } catch (cause) {
      if (NodeError.is(cause)) throw cause
      // The parser's own message quotes the text: it is not kept as the cause.
      throw malformed('a fault in its Turtle')
    }
  }
}

async function loadJsonLd() {
  const [{ default: jsonld }, context] = await Promise.all([
    import('jsonld'),
    readFile(packageFile('schemas', 'contexts', catalogueContextFile), 'utf8'),
  ])
  const shipped: unknown = JSON.parse(context)
  const documentLoader = async (url: string) => {
    if (url !== catalogueContext) throw malformed('another context than that of the network')
    return { contextUrl: null, documentUrl: url, document: shipped, tag: 'static' as const }
  }
  return async (document: object): Promise<readonly ForeignQuad[]> => {
    const options = { base: null, safe: true, documentLoader }
    try {
      const expanded = await jsonld.expand(document, options)
      const rdf = { skipExpansion: true, produceGeneralizedRdf: false, rdfDirection: 'i18n-datatype' } as const
      // What the library calls a dataset has this shape; every term of it is looked at again.
      return (await jsonld.toRDF(markRelativeNames(expanded), { ...options, ...rdf })) as readonly ForeignQuad[]
    } catch (cause) {
      if (NodeError.is(cause)) throw cause
      throw malformed('a term that its context does not define, or a name that is not absolute')
    }
  }
}

/** The document as JSON, with the context under the name that we have it by. */
function parseJson(text: string): object {
  const document = parseText(text)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw malformed('no object')
  const { '@context': context, ...rest } = document as Readonly<Record<string, unknown>>
  checkMembers(rest)
  if (context === undefined) return rest
  const name: unknown = Array.isArray(context) && context.length === 1 ? context[0] : context
  if (!isOurContext(name, rest['id'] ?? rest['@id'])) {
    throw malformed('another context than that of the network')
  }
  return { '@context': catalogueContext, ...rest }
}

function parseText(text: string): unknown {
  try {
    return parseGuardedJson(text, jsonLimits)
  } catch (cause) {
    const code = NodeError.codeOf(cause)
    throw code === 'json.too_large' || code === 'json.too_deep'
      ? tooLarge('members or levels')
      : malformed('a fault in its JSON')
  }
}

/** Under the URL of a node the context counts for documents of that node only. */
function isOurContext(name: unknown, id: unknown): boolean {
  if (name === catalogueContext) return true
  if (typeof name !== 'string' || typeof id !== 'string' || !name.endsWith(catalogueContextPath)) return false
  const catalogues = name.slice(0, -'/context/v1'.length)
  return id === catalogues || id.startsWith(`${catalogues}/`)
}

function checkMembers(document: object): void {
  const pending: object[] = [document]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (Array.isArray(next) && next.length > mostElements) throw tooLarge('elements in one array')
    if ('@context' in next) throw malformed('a context inside')
    for (const member of Object.values<unknown>({ ...next })) {
      if (typeof member === 'object' && member !== null) pending.push(member)
    }
  }
}
