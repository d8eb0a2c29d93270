import { createHash } from 'node:crypto'
import { tooLarge, type Statement } from './statements.js'

/** How a digest of a catalogue begins: canonical statements, hashed. @see RDF Dataset Canonicalization (RDFC-1.0) */
export const digestPrefix = 'rdfc-1.0+sha-256:'

/** How deep, and in how many orders, things without a name are compared before the document is refused. */
const mostComparisons = 4_096
const mostOrders = 1_000

/**
 * `rdfc-1.0+sha-256:` and the base64url of SHA-256 over the statements in their one order, whatever form they came in.
 * Bounded in time and memory, whatever the statements, when they are within `mostOfDocument`.
 * @throws `catalogue.too_large` when too much of the document looks alike
 */
export async function digestStatements(statements: readonly Statement[]): Promise<string> {
  const { default: rdfCanonize } = await import('rdf-canonize')
  let orders = 0
  const signal = {
    get aborted() {
      orders += 1
      return orders > mostOrders
    },
    reason: 'too many orders',
  }
  const names = { algorithm: 'RDFC-1.0', format: 'application/n-quads' } as const
  const options = { ...names, maxDeepIterations: mostComparisons, signal }
  const text = await rdfCanonize.canonize(statements, options).catch((cause: unknown) => {
    throw tooLarge('things that look alike', cause)
  })
  return `${digestPrefix}${createHash('sha256').update(text).digest('base64url')}`
}
