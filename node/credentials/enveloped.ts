import { NodeError } from '../kernel/errors.js'
import { baseContextV2 } from './credential.js'

const dataUrls = {
  EnvelopedVerifiableCredential: { prefix: 'data:application/vc+jwt,', code: 'credential.malformed' },
  EnvelopedVerifiablePresentation: { prefix: 'data:application/vp+jwt,', code: 'presentation.malformed' },
} as const

/**
 * The compact JWT inside an enveloped credential or presentation; `undefined` for a value that is none.
 * @throws `credential.malformed`, `presentation.malformed` for one whose context or `data:` URL is not as it must be
 * @see VC Data Model 2.0 sections 4.12.1 and 4.12.2
 */
export function findEnveloped(value: unknown, type: keyof typeof dataUrls): string | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  if (![value.type].flat().includes(type)) return undefined
  const { prefix, code } = dataUrls[type]
  const contexts: readonly unknown[] = '@context' in value ? [value['@context']].flat() : []
  if (contexts[0] !== baseContextV2) throw new NodeError(code, { detail: 'context of an envelope' })
  if (!('id' in value) || typeof value.id !== 'string' || !value.id.startsWith(prefix)) {
    throw new NodeError(code, { detail: 'an envelope is a data URL of a JWT' })
  }
  return value.id.slice(prefix.length)
}
