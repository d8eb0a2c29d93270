import { NodeError } from '../../kernel/errors.js'
import type { PresentationSubmission } from '../../../schemas/presentation-exchange.js'
import type { Credential } from '../credential.js'
import { credentialTypeNames } from '../types/table.js'
import type { FieldValues, PresentationDefinition } from './definition.js'
import { compilePath } from './path.js'

/** A fulfilled definition: which credential answers which descriptor, and the values of its fields. */
export interface Match {
  readonly byDescriptor: readonly { readonly descriptor: string; readonly credential: Credential }[]
  readonly values: FieldValues
}

/**
 * Finds for each descriptor the first credential that fits, in the order given.
 *
 * @throws `presentation.unfulfilled` with a note per descriptor that nothing fits: the nearest credential and the field
 *   on which it failed, by name and never by value
 * @see DIF Presentation Exchange 2.0 section 5; nuts-node v6: the first match wins
 */
export function matchDefinition(definition: PresentationDefinition, credentials: readonly Credential[]): Match {
  const byDescriptor: { descriptor: string; credential: Credential }[] = []
  const values: Record<string, FieldValues[string]> = {}
  const missing: string[] = []
  for (const descriptor of definition.descriptors) {
    const reasons: string[] = []
    let found = false
    for (const credential of credentials) {
      const outcome = descriptor.match(credential)
      if (outcome.matched) {
        byDescriptor.push({ descriptor: descriptor.id, credential })
        Object.assign(values, outcome.values)
        found = true
        break
      }
      reasons.push(`${nameOf(credential)}: ${outcome.reason}`)
    }
    if (!found)
      missing.push(
        `${descriptor.id}: ${reasons.length === 0 ? 'there is no credential' : [...new Set(reasons)].slice(0, 5).join('; ')}`,
      )
  }
  if (missing.length > 0) throw new NodeError('presentation.unfulfilled', { notes: missing })
  return { byDescriptor, values }
}

/** A type that we know; one that the caller made up can hold anything. */
function nameOf({ type }: Credential): string {
  return credentialTypeNames.includes(type) ? type : 'a credential of another type'
}

/**
 * The submission for a match, with the credentials of the presentation in `order`.
 * @see nuts-node v6: array notation for JWT presentations, formats `jwt_vc` and `ldp_vc`
 */
export function createSubmission(options: {
  readonly id: string
  readonly definition: PresentationDefinition
  readonly match: Match
  readonly order: readonly Credential[]
}): PresentationSubmission {
  return {
    id: options.id,
    definition_id: options.definition.id,
    descriptor_map: options.match.byDescriptor.map(({ descriptor, credential }) => ({
      id: descriptor,
      format: credential.format,
      path: `$.verifiableCredential[${String(options.order.indexOf(credential))}]`,
    })),
  }
}

/**
 * Checks that the submission points, for every descriptor, at the credential that our own matching finds.
 *
 * `envelope` is the content of the `vp` claim; `credentials` are its credentials, taken apart, in order.
 * @throws `presentation.submission`
 */
export function checkSubmission(options: {
  readonly submission: PresentationSubmission
  readonly definition: PresentationDefinition
  readonly match: Match
  readonly envelope: unknown
  readonly credentialOf: (value: unknown) => Credential | undefined
}): void {
  const { submission, definition, match } = options
  if (submission.definition_id !== definition.id || submission.descriptor_map.length !== match.byDescriptor.length) {
    throw new NodeError('presentation.submission', { notes: ['the submission does not answer this definition'] })
  }
  for (const { descriptor, credential } of match.byDescriptor) {
    const entry = submission.descriptor_map.find(({ id }) => id === descriptor)
    if (entry === undefined || entry.format !== credential.format || resolveEntry(entry, options) !== credential) {
      throw new NodeError('presentation.submission', {
        notes: [`the submission does not point at the credential for ${descriptor}`],
      })
    }
  }
}

type Entry = PresentationSubmission['descriptor_map'][number]

function resolveEntry(
  entry: Entry,
  options: { readonly envelope: unknown; readonly credentialOf: (value: unknown) => Credential | undefined },
): Credential | undefined {
  const [found, ...others] = safePath(entry.path)(options.envelope)
  if (found === undefined || others.length > 0) return undefined
  return entry.path_nested === undefined ? options.credentialOf(found) : undefined
}

function safePath(path: string): (value: unknown) => readonly unknown[] {
  try {
    return compilePath(path)
  } catch {
    // A path that we cannot read points at nothing.
    return () => []
  }
}
