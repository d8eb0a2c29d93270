import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { containsBsnShaped } from '../../kernel/identifiers.js'
import type { Position } from './engine.js'

/** Where a search goes on. */
export interface SearchCursor {
  /** Which index, and its state at the first page. */
  readonly seed: string
  readonly sequence: number
  /** Which search. */
  readonly search: string
  readonly after: Position
}

const cursorSchema = z.tuple([
  z.string().max(64),
  z.int().min(0),
  z.string().max(64),
  z.number().min(0),
  z.string().max(512),
])

const letters = 'abcdefghijklmnop'
const maxLength = 2048

/** As letters only: text in another coding could hold nine digits by chance. */
export function formatSearchCursor({ seed, sequence, search, after }: SearchCursor): string {
  const bytes = Buffer.from(JSON.stringify([seed, sequence, search, after.score, after.order]))
  return Array.from(bytes, (byte) => `${letters[byte >> 4] ?? ''}${letters[byte & 15] ?? ''}`).join('')
}

/**
 * @throws `request.bad_parameters` for what `formatSearchCursor` did not make; it proves nothing, so the caller treats it
 *   as input
 */
export function parseSearchCursor(text: string): SearchCursor {
  try {
    if (text.length > maxLength || !/^([a-p]{2})+$/.test(text)) throw malformed()
    const bytes = (text.match(/../g) ?? []).map(
      (pair) => letters.indexOf(pair[0] ?? '') * 16 + letters.indexOf(pair[1] ?? ''),
    )
    const decoded = Buffer.from(bytes).toString('utf8')
    if (containsBsnShaped(decoded)) throw malformed()
    const [seed, sequence, search, score, order] = cursorSchema.parse(JSON.parse(decoded))
    return { seed, sequence, search, after: { score, order } }
  } catch {
    // Whatever it is, it is no cursor.
    throw malformed()
  }
}

function malformed(): NodeError {
  return new NodeError('request.bad_parameters', { notes: ['cursor: give `next` of an answer as it is'] })
}
