import { NodeError, type ErrorCode } from '../kernel/errors.js'
import type { Relationship, VerificationKey } from '../identity/did-document.js'
import { didOfKeyId } from '../identity/did-url.js'
import type { DidResolver, ResolveOptions } from '../identity/resolve-did.js'

/**
 * The key that `keyId` names, for one use. A key that the DID has for another use only is refused with `wrongUse`, which
 * says more than that it is not there.
 * @throws `wrongUse`, `identity.*`
 */
export async function getKey(
  resolver: DidResolver,
  keyId: string,
  { use, wrongUse, ...options }: ResolveOptions & { readonly use: Relationship; readonly wrongUse: ErrorCode },
): Promise<VerificationKey> {
  try {
    return await resolver.keyFor(keyId, use, options)
  } catch (cause) {
    if (NodeError.codeOf(cause) !== 'identity.key_unknown') throw cause
    const { keys } = await resolver.resolve(didOfKeyId(keyId), options)
    const isThere = Object.values(keys).some((byId) => byId.has(keyId))
    throw isThere ? new NodeError(wrongUse, { cause, detail: 'the key is for something else' }) : cause
  }
}
