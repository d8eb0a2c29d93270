import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import type { Credential } from './credential.js'
import { parsePresentation, parsePresentationValue, type Presentation } from './presentation.js'
import type { CredentialVerifier } from './verify-credential.js'

const maxPresentations = 8

/** What one party sends as an answer: a presentation, or several that one DID signed. */
export interface Presentations {
  /** One at least. */
  readonly items: readonly Presentation[]
  /** The DID that signed them all. */
  readonly signer: string
  /** The credentials of all, in order. */
  readonly credentials: readonly Credential[]
  /** What submission paths run on: the envelope of the one, or a list of envelopes. */
  readonly envelope: unknown
  readonly credentialOf: (value: unknown) => Credential | undefined
}

/**
 * Takes an assertion apart: one presentation in any form, or a JSON array of them. Each is checked as
 * `parsePresentation` does, and one DID must have signed all.
 *
 * Does not check any signature, period or audience: that is for each of `items`.
 * @throws `presentation.malformed`, `presentation.algorithm`, `presentation.signer`, `credential.*`
 * @see Nuts RFC021 section 4; DIF Presentation Exchange 2.0 section 6.1
 */
export function parsePresentations(text: string, verifier: Pick<CredentialVerifier, 'parse'>): Presentations {
  if (!text.trimStart().startsWith('[')) {
    const one = parsePresentation(text, verifier)
    const { signer, credentials, envelope, credentialOf } = one
    return { items: [one], signer, credentials, envelope, credentialOf }
  }
  const items = readList(text).map((value) => parsePresentationValue(value, verifier))
  const [first] = items
  if (first === undefined) throw new NodeError('presentation.malformed', { detail: 'an empty list' })
  if (items.some(({ signer }) => signer !== first.signer)) {
    throw new NodeError('presentation.signer', { notes: ['one DID must sign all presentations of a list'] })
  }
  return {
    items,
    signer: first.signer,
    credentials: items.flatMap(({ credentials }) => credentials),
    envelope: items.map(({ envelope }) => envelope),
    credentialOf: (value) => items.map(({ credentialOf }) => credentialOf(value)).find((found) => found !== undefined),
  }
}

function readList(text: string): readonly unknown[] {
  let value: unknown
  try {
    value = parseGuardedJson(text)
  } catch (cause) {
    throw new NodeError('presentation.malformed', { cause, detail: 'not acceptable JSON' })
  }
  if (!Array.isArray(value) || value.length > maxPresentations) {
    throw new NodeError('presentation.malformed', { detail: 'not a short list' })
  }
  return value as readonly unknown[] // The members of a JSON array.
}
