import { LRUCache } from 'lru-cache'
import { NodeError } from '../../kernel/errors.js'
import type { DescriptorMapEntry, PresentationSubmission } from '../../../schemas/presentation-exchange.js'
import type { Credential } from '../credential.js'
import type { PresentationDefinition } from './definition.js'
import type { Match } from './match.js'
import { compilePath, type Path } from './path.js'

/**
 * The submission for a match, with the credentials of the presentation in `order`.
 * @see nuts-node v6: array notation for JWT presentations, and in objects for more than one; formats `jwt_vc` and `ldp_vc`
 */
export function createSubmission(options: {
  readonly id: string
  readonly definition: PresentationDefinition
  readonly match: Match
  readonly order: readonly Credential[]
  /** In an object with a proof inside, one credential stands by itself; a JWT unless given. */
  readonly form?: 'jwt_vp' | 'ldp_vp'
}): PresentationSubmission {
  const isAlone = options.form === 'ldp_vp' && options.order.length === 1
  return {
    id: options.id,
    definition_id: options.definition.id,
    descriptor_map: options.match.byDescriptor.map(({ descriptor, credential }) => ({
      id: descriptor,
      format: credential.format,
      path: `$.verifiableCredential${isAlone ? '' : `[${String(options.order.indexOf(credential))}]`}`,
    })),
  }
}

/** Where the paths of a submission lead. */
interface Presented {
  /** The content of the `vp` claim, or the presentation object; a list of these for several presentations. */
  readonly envelope: unknown
  /** The credential that a value in an envelope is. */
  readonly credentialOf: (value: unknown) => Credential | undefined
}

/**
 * Checks that the submission points, for every descriptor, at the credential that our own matching finds.
 * @throws `presentation.submission`
 */
export function checkSubmission(
  options: Presented & {
    readonly submission: PresentationSubmission
    readonly definition: PresentationDefinition
    readonly match: Match
  },
): void {
  const { submission, definition, match } = options
  if (submission.definition_id !== definition.id || submission.descriptor_map.length !== match.byDescriptor.length) {
    throw new NodeError('presentation.submission', { notes: ['the submission does not answer this definition'] })
  }
  for (const { descriptor, credential } of match.byDescriptor) {
    const entry = submission.descriptor_map.find(({ id }) => id === descriptor)
    if (entry === undefined || resolveEntry(entry, options.envelope, options) !== credential) {
      throw new NodeError('presentation.submission', {
        notes: [`the submission does not point at the credential for ${descriptor}`],
      })
    }
  }
}

const presentationFormats = ['jwt_vp', 'jwt_vp_json', 'ldp_vp']
const maxNested = 4

/**
 * Follows a path, and the path inside it: a path that has one leads to a presentation in a list of presentations.
 * @see DIF Presentation Exchange 2.0 section 6 (`path_nested`)
 */
function resolveEntry(
  entry: DescriptorMapEntry,
  envelope: unknown,
  { credentialOf }: Presented,
): Credential | undefined {
  let [current, value]: [DescriptorMapEntry, unknown] = [entry, envelope]
  for (let level = 0; level < maxNested; level += 1) {
    const found = findAt(current.path, value)
    const { path_nested: nested } = current
    if (nested === undefined) {
      const credential = credentialOf(found)
      return credential?.format === current.format ? credential : undefined
    }
    if (!presentationFormats.includes(current.format) || nested.id !== entry.id) return undefined
    ;[current, value] = [nested, found]
  }
  return undefined
}

/** Those of everybody are few. What a text means never changes. */
const paths = new LRUCache<string, Path>({ max: 1_000 })

function findAt(text: string, value: unknown): unknown {
  const known = paths.get(text)
  if (known !== undefined) return known(value)
  try {
    const path = compilePath(text)
    paths.set(text, path)
    return path(value)
  } catch {
    // A path that we cannot read points at nothing.
    return undefined
  }
}
