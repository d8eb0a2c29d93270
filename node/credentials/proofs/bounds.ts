import { NodeError } from '../../kernel/errors.js'
import { asArray, type JsonObject } from '../credential.js'

/** How much a linked-data document may hold. Its cost grows with each of these, and nobody needs more. */
const most = {
  values: 2_000,
  objects: 256,
  depth: 32,
  /** Elements of one list: the library compares each with each. */
  elements: 256,
  contexts: 64,
  contextTerms: 400,
  characters: 256 * 1024,
} as const

/**
 * Refuses a document that would cost too much to process, before anything processes it, and one that names a context
 * outside `isKnown`, at whatever depth.
 *
 * Blank node identifiers are refused: with them a few bytes can describe a graph that nobody can put in order, and an
 * identifier in a credential is a URL.
 * @throws `proof.too_large`, `credential.context`
 * @see RDF Dataset Canonicalization section 7.1
 */
export function checkBounds(document: JsonObject, isKnown: (url: string) => boolean): void {
  const used = { values: 0, objects: 0, contexts: 0, contextTerms: 0, characters: 0 }
  const count = (name: keyof typeof used, by = 1): void => {
    used[name] += by
    if (used[name] > most[name])
      throw new NodeError('proof.too_large', { detail: `over ${String(most[name])} ${name}` })
  }
  const pending: { readonly value: unknown; readonly depth: number; readonly inContext: boolean }[] = [
    { value: document, depth: 1, inContext: false },
  ]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth, inContext } = next
    count('values')
    if (typeof value === 'string') {
      count('characters', value.length)
      if (value.startsWith('_:')) throw new NodeError('proof.too_large', { detail: 'a blank node identifier' })
      continue
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth > most.depth) throw new NodeError('proof.too_large', { detail: 'too deep' })
    if (Array.isArray(value)) {
      if (value.length > most.elements) throw new NodeError('proof.too_large', { detail: 'a list is too long' })
      // The members of any array.
      for (const item of value as readonly unknown[]) pending.push({ value: item, depth: depth + 1, inContext })
      continue
    }
    count('objects')
    for (const [name, member] of Object.entries(value)) {
      count('characters', name.length)
      if (inContext) count('contextTerms')
      const isContext = name === '@context' || (inContext && name === '@import')
      if (isContext) for (const url of asArray(member)) checkContext(url, isKnown, () => count('contexts'))
      pending.push({ value: member, depth: depth + 1, inContext: inContext || isContext })
    }
  }
}

function checkContext(context: unknown, isKnown: (url: string) => boolean, count: () => void): void {
  count()
  if (typeof context === 'string' && !isKnown(context)) {
    throw new NodeError('credential.context', { notes: ['a context is named that this node does not have'] })
  }
}
