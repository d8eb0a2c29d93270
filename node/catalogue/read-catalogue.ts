import { containsBsnShaped, redactBsnShaped } from '../kernel/identifiers.js'
import type { Catalogue } from './catalogue.js'
import { createCheckShapes } from './check-shapes.js'
import { describeCatalogue, type DescribeOptions } from './describe-catalogue.js'
import { digestStatements } from './digest.js'
import { createGraph } from './graph.js'
import { createParseDocument, type CatalogueMediaType } from './parse-document.js'
import type { Statement } from './statements.js'

/** A catalogue that is complete and holds to the rules of the network, or why it does not. */
export type ReadCatalogue =
  | { readonly conforms: true; readonly digest: string; readonly catalogue: Catalogue }
  | { readonly conforms: false; readonly digest: string; readonly violations: readonly string[] }

/**
 * Reads the text of a catalogue document, of this node or of another.
 *
 * Bounded in time and memory, whatever the text; nothing is fetched, and nothing is kept between two calls but the
 * libraries. Does not check who wrote it: compare `digest` with what the publisher signed before you use the rest.
 * @throws `catalogue.malformed` when it says nothing that can be understood, `catalogue.too_large`
 */
export type ReadCatalogueDocument = (text: string, mediaType: CatalogueMediaType) => Promise<ReadCatalogue>

export function createReadCatalogue(options: DescribeOptions): ReadCatalogueDocument {
  const parse = createParseDocument()
  const check = createCheckStatements(options)
  return async (text, mediaType) => check(await parse(text, mediaType))
}

/** More than anybody mends at once. */
const mostViolations = 50

/** Judges what a document says, whatever form it came in. */
export type CheckStatements = (statements: readonly Statement[]) => Promise<ReadCatalogue>

export function createCheckStatements(options: DescribeOptions): CheckStatements {
  const checkShapes = createCheckShapes(options)
  return async (statements) => {
    const digest = await digestStatements(statements)
    const described = describeCatalogue(createGraph(statements), options)
    const cheap = [...findPersonNumbers(statements), ...('violations' in described ? described.violations : [])]
    // Who sends a document that is wrong everywhere does not need to hear all of it.
    const violations = new Set(cheap.length > mostViolations ? cheap : [...cheap, ...(await checkShapes(statements))])
    return violations.size === 0 && 'catalogue' in described
      ? { conforms: true, digest, catalogue: { digest, ...described.catalogue } }
      : { conforms: false, digest, violations: [...violations].slice(0, mostViolations).map(redactBsnShaped) }
  }
}

/** A sentence for each place where a text or name holds a number that could be a BSN; never the number. */
function findPersonNumbers(statements: readonly Statement[]): readonly string[] {
  const found = statements.flatMap(({ subject, predicate, object }) => {
    if (holdsPersonNumber(subject.value) || holdsPersonNumber(predicate.value)) {
      return ['the document: a number that could be a BSN in the name of something']
    }
    return holdsPersonNumber(object.value)
      ? [`${subject.value}: a number that could be a BSN in ${predicate.value}`]
      : []
  })
  return [...new Set(found)]
}

function holdsPersonNumber(text: string): boolean {
  if (containsBsnShaped(text)) return true
  // A name may hide its digits.
  if (!text.includes('%')) return false
  const decoded = text.replace(/%([0-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return containsBsnShaped(decoded)
}
