import type { ValueReference } from '../../schemas/pack.js'
import type { Claims } from './question.js'

/** A value that a rule takes from what the requester proved. */
export interface Reference {
  /** In words for the requester. */
  readonly description: string
  /** The kind of identifier, when it is one of the requester's own. */
  readonly identifier: string | undefined
  /** The value; `undefined` when the requester proved none. */
  readonly read: (claims: Claims) => string | undefined
}

/** Compiles where a value comes from. */
export function compileReference(reference: ValueReference): Reference {
  const [kind, name] = splitReference(reference)
  if (kind === 'requester') {
    const read = (claims: Claims) =>
      claims['organization_id_type'] === name ? textOf(claims['organization_id']) : undefined
    return { description: `your own ${name}`, identifier: name, read }
  }
  if (kind === 'value') return { description: name, identifier: undefined, read: () => name }
  const description = `the one your authorization names (${name})`
  return { description, identifier: undefined, read: (claims) => textOf(claims[name]) }
}

/** The claims that a reference looks at. */
export function claimsOfReference(reference: string): readonly string[] {
  const [kind, name] = splitReference(reference)
  if (kind === 'requester') return ['organization_id_type', 'organization_id']
  return kind === 'claim' ? [name] : []
}

/** The kind of a reference, and what stands behind its first point. */
export function splitReference(reference: string): readonly [string, string] {
  const at = reference.indexOf('.')
  return [reference.slice(0, at), reference.slice(at + 1)]
}

function textOf(value: Claims[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
