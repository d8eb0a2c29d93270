import { NodeError } from '../../kernel/errors.js'
import { credentialSchema2, presentationSchema2 } from '../../../schemas/credentials/data-model-2.js'
import type { JsonObject } from '../credential.js'
import type { LinkedData } from '../proofs/linked-data.js'

const members = {
  vc: { known: Object.keys(credentialSchema2.shape), code: 'credential.malformed' },
  vp: { known: Object.keys(presentationSchema2.shape), code: 'presentation.malformed' },
} as const

/**
 * Refuses members of a credential or presentation itself that neither the data model nor a term of its contexts names. A
 * context with `@vocab` gives any word a meaning, a misspelt one too, and thereby switches off the check for terms that
 * mean nothing; here it does not count. What is inside the members is left to the contexts.
 *
 * Expects a document of the right shape, whose contexts are known.
 * @throws `credential.malformed`, `presentation.malformed` with the first of them
 */
export async function refuseUnnamedMembers(
  document: JsonObject,
  kind: keyof typeof members,
  linkedData: LinkedData,
): Promise<void> {
  const { known, code } = members[kind]
  const others = Object.keys(document).filter((name) => !known.some((member) => member === name))
  if (others.length === 0) return
  // A value that is a statement as a text and as an identifier, so that it stays when its member means something.
  const markers = others.map((name, index) => [name, `urn:member:${String(index)}.`] as const)
  const probe = {
    ...Object.fromEntries(markers),
    '@context': [...[document['@context']].flat(), { '@vocab': null }],
    id: 'urn:document',
    type: document['type'],
  }
  const statements = await linkedData.canonicalize(probe, { undefinedTerms: 'drop' })
  const unnamed = markers.find(([, marker]) => !statements.includes(marker))
  if (unnamed !== undefined) throw new NodeError(code, { notes: [`no context names the member: ${unnamed[0]}`] })
}
