import type { Credential } from '../credential.js'
import type { Fault, PresentationDefinition } from './definition.js'
import { describeFault, describeUnselected, tryMatch, unselectedField, type Selection } from './match.js'

/** A credential that a party holds, and in words why it cannot be shown; without a reason it can. */
export interface HeldCredential {
  readonly credential: Credential
  readonly unusable?: string | undefined
}

/** How one credential relates to one descriptor. */
export interface CredentialExplanation {
  readonly id: string
  readonly type: string
  readonly fits: boolean
  /** Why it does not fit, in words. */
  readonly reasons: readonly string[]
  /** The same for programs: faults of the definition; what is wrong with the credential itself stands in `reasons` only. */
  readonly faults: readonly Fault[]
}

/** What one descriptor asks, and what every held credential makes of it. */
export interface DescriptorExplanation {
  readonly id: string
  readonly purpose?: string
  readonly asks: readonly { readonly field: string; readonly expected: string }[]
  readonly fulfilled: boolean
  /** The nearest first. */
  readonly credentials: readonly CredentialExplanation[]
}

/** What a definition needs and what of it a wallet has. */
export interface Explanation {
  readonly definition: string
  readonly fulfilled: boolean
  /** Why it is not, in a line per descriptor or requirement. */
  readonly missing: readonly string[]
  readonly descriptors: readonly DescriptorExplanation[]
}

/**
 * Explains a definition to who holds the credentials: per descriptor, per credential, per field. It names what is asked
 * and what failed, and never a value out of a credential.
 *
 * Decides as `matchDefinition` does over the credentials that can be shown.
 * @throws `request.bad_parameters` for a selection by a field that the definition does not have
 */
export function explainDefinition(
  definition: PresentationDefinition,
  held: readonly HeldCredential[],
  options: { readonly selection?: Selection } = {},
): Explanation {
  const { selection = {} } = options
  const missing = findMissing(definition, held, selection)
  return {
    definition: definition.id,
    fulfilled: missing.length === 0,
    missing,
    descriptors: definition.descriptors.map((descriptor) => {
      const credentials = held
        .map(({ credential, unusable }): CredentialExplanation => {
          const faults = descriptor.explain(credential)
          const outcome = descriptor.match(credential)
          const unselected = outcome.matched ? unselectedField(outcome.values, selection) : undefined
          const reasons = [
            ...(unusable === undefined ? [] : [unusable]),
            ...faults.map(describeFaultFully),
            ...(unselected === undefined ? [] : [describeUnselected(unselected)]),
          ]
          return { id: credential.id, type: credential.type, fits: reasons.length === 0, reasons, faults }
        })
        .sort((a, b) => a.reasons.length - b.reasons.length)
      return {
        id: descriptor.id,
        ...(descriptor.purpose === undefined ? {} : { purpose: descriptor.purpose }),
        asks: descriptor.fields.map(({ label, expected }) => ({ field: label, expected })),
        fulfilled: credentials.some(({ fits }) => fits),
        credentials,
      }
    }),
  }
}

function findMissing(
  definition: PresentationDefinition,
  held: readonly HeldCredential[],
  selection: Selection,
): readonly string[] {
  const usable = held.filter(({ unusable }) => unusable === undefined).map(({ credential }) => credential)
  const outcome = tryMatch(definition, usable, { selection })
  return 'missing' in outcome ? outcome.missing : []
}

/** A line per credential that would fit, were it not for its period or status. */
export function describeBarred(definition: PresentationDefinition, held: readonly HeldCredential[]): readonly string[] {
  return definition.descriptors.flatMap(({ id, match }) =>
    held.flatMap(({ credential, unusable }) =>
      unusable !== undefined && match(credential).matched ? [`${id}: ${unusable}`] : [],
    ),
  )
}

/** With what is asked: definitions are shown to everybody who may hold the credentials. */
function describeFaultFully(fault: Fault): string {
  switch (fault.kind) {
    case 'format':
      return `${describeFault(fault)}: ${fault.expected} is`
    case 'absent':
      return `${describeFault(fault)} (looked at ${fault.paths.join(', ')}), and it should be one that ${fault.expected}`
    case 'mismatch':
      return `${describeFault(fault)}: ${fault.path} should be one that ${fault.expected}`
  }
}

/** An explanation as lines of text, for people. */
export function renderExplanation({ definition, fulfilled, missing, descriptors }: Explanation): readonly string[] {
  return [
    `The wallet ${fulfilled ? 'fulfils' : 'does not fulfil'} the definition ${definition}.`,
    ...missing.map((line) => `  missing: ${line}`),
    ...descriptors.flatMap(({ id, purpose, asks, fulfilled: answered, credentials }) => [
      '',
      `${answered ? 'ok     ' : 'MISSING'} ${id}${purpose === undefined ? '' : `: ${purpose}`}`,
      ...asks.map(({ field, expected }) => `  asks: ${field} ${expected}`),
      ...(credentials.length === 0 ? ['  the wallet holds no credential'] : []),
      ...credentials.flatMap(({ id: credential, type, fits, reasons }) => [
        `  ${fits ? 'fits' : 'does not fit'}: ${type} ${credential}`,
        ...reasons.map((reason) => `    - ${reason}`),
      ]),
    ]),
  ]
}
