import { redactNumbers } from '../kernel/identifiers.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import { problemSchema } from '../../schemas/wire/discovery.js'

const maxNoteLength = 1000

/** What a discovery server says of its refusal, without anything that looks like a number; nothing when it says nothing. */
export function serverWords(body: Buffer): readonly string[] {
  try {
    const { detail } = problemSchema.parse(parseGuardedJson(decodeUtf8(body)))
    return [redactNumbers(detail).slice(0, maxNoteLength)]
  } catch {
    // No problem document: the status says what there is to say.
    return []
  }
}
