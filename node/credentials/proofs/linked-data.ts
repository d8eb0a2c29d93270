import { NodeError } from '../../kernel/errors.js'
import type { JsonObject } from '../credential.js'
import { contextUrls, loadContexts } from '../contexts/load-contexts.js'
import { checkBounds } from './bounds.js'
import { markRelativeNames } from './relative-names.js'

/**
 * What becomes of a term or an identifier that means nothing.
 *
 * - `refuse-and-name`: refused, with the name of the term: for what this node is about to sign.
 * - `refuse`: refused: what it says would not be protected.
 * - `drop`: left out, as nuts-node does when it verifies.
 */
export type Undefined = 'refuse-and-name' | 'refuse' | 'drop'

/** Reads JSON-LD as statements. */
export interface LinkedData {
  /**
   * The statements of a document in their one order, as N-Quads. Bounded in time and memory, whatever the document.
   * @throws `proof.too_large`, `credential.context`
   * @see RDF Dataset Canonicalization (RDFC-1.0, formerly URDNA2015)
   */
  canonicalize(document: JsonObject, options: { readonly undefinedTerms: Undefined }): Promise<string>
}

/** Uses the contexts that are shipped with the node, and no others. The library is loaded when it is first needed. */
export function createLinkedData(options: { readonly examples: boolean }): LinkedData {
  const known = contextUrls(options)
  let loading: ReturnType<typeof load> | undefined

  async function load() {
    const [{ default: jsonld }, { default: rdfCanonize }, contexts] = await Promise.all([
      import('jsonld'),
      import('rdf-canonize'),
      loadContexts(options),
    ])
    const documentLoader = async (url: string) => {
      // One that is not known was refused above; without a document the library refuses it too.
      const document = contexts.get(url)
      // Static: the library may keep what it made of it.
      return { contextUrl: null, documentUrl: url, document, tag: 'static' as const }
    }
    return { jsonld, rdfCanonize, documentLoader }
  }

  return {
    async canonicalize(document, { undefinedTerms }) {
      checkBounds(document, (url) => known.has(url))
      const { jsonld, rdfCanonize, documentLoader } = await (loading ??= load())
      const safe = undefinedTerms !== 'drop'
      const options = { base: null, safe, documentLoader }
      const dataset = await jsonld
        .expand(document, options)
        .then(async (expanded) =>
          jsonld.toRDF(markRelativeNames(expanded), {
            ...options,
            skipExpansion: true,
            produceGeneralizedRdf: false,
            rdfDirection: 'i18n-datatype',
          }),
        )
        .catch((cause: unknown) => {
          throw asRefusal(cause, undefinedTerms)
        })
      try {
        return await rdfCanonize.canonize(dataset, {
          algorithm: 'RDFC-1.0',
          format: 'application/n-quads',
          // As often as there are look-alikes, and no more.
          maxWorkFactor: 1,
          signal: createBudget(),
        })
      } catch (cause) {
        throw new NodeError('proof.too_large', { cause, detail: 'too many statements look alike' })
      }
    },
  }
}

/** How many times three orders of look-alikes are tried: enough for all orders of six of them. */
const mostOrders = 1_000

/**
 * Ends the work after so many orders. The library bounds how often it looks deeper, and not in how many orders: twelve
 * statements that look alike, as in a presentation with twelve credentials of one shape, have half a billion.
 */
function createBudget(): { readonly aborted: boolean; readonly reason: string } {
  let asked = 0
  return {
    get aborted() {
      asked += 1
      return asked > mostOrders
    },
    reason: 'too many orders',
  }
}

/** Letters first, so that it is a name and not a number that means a person. */
const termPattern = /^[A-Za-z][A-Za-z0-9_.:/#-]{0,127}$/

/** The library says what it stumbled over in an event inside its error. */
function asRefusal(cause: unknown, undefinedTerms: Undefined): NodeError {
  const term = termOf(cause)
  return new NodeError('credential.context', {
    cause,
    detail: 'the document does not expand',
    notes:
      undefinedTerms === 'refuse-and-name' && term !== undefined && termPattern.test(term)
        ? [`no context defines: ${term}`]
        : ['a term is not defined by the contexts, or an identifier is not absolute'],
  })
}

function termOf(cause: unknown): string | undefined {
  const details = member(member(member(cause, 'details'), 'event'), 'details')
  const named = ['property', 'type', 'expandedProperty', 'value', 'id'].map((name) => member(details, name))
  return named.find((text) => typeof text === 'string')
}

function member(value: unknown, name: string): unknown {
  // Whatever the library threw: an own or inherited member, or nothing.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
