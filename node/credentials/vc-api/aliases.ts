import { multibaseOf } from '../../identity/multikey.js'
import type { Parties } from '../../identity/parties.js'
import type { Party, PartyKey } from '../../identity/party.js'
import { algorithmOf } from '../../identity/private-key.js'
import type { SignatureAlgorithm } from '../../identity/public-key.js'

/** A DID under which a party of this node can issue, with its keys, newest last. */
export interface IssuerAlias {
  readonly party: Party
  readonly did: string
  /** With the ids that they have in the document of `did`. */
  readonly keys: readonly { readonly keyId: string; readonly algorithm: SignatureAlgorithm; readonly key: PartyKey }[]
}

/** Finds the party that can issue as `did`; `undefined` when none can. */
export type FindAlias = (did: string) => Promise<IssuerAlias | undefined>

/**
 * Finds a party by its did:web and, in the conformance profile, by the did:key of each of its Ed25519 keys. A retired key
 * issues nothing.
 */
export function createFindAlias(deps: {
  readonly parties: Pick<Parties, 'findByDid' | 'list'>
  readonly conformance: boolean
}): FindAlias {
  return async (did) => {
    if (deps.conformance && did.startsWith('did:key:')) {
      for (const party of await deps.parties.list()) {
        const key = usable(party).find((candidate) => didKeyOf(candidate) === did)
        if (key === undefined) continue
        const keyId = `${did}#${did.slice('did:key:'.length)}`
        return { party, did, keys: [{ keyId, algorithm: algorithmOf(key.publicKey), key }] }
      }
      return undefined
    }
    const party = await deps.parties.findByDid(did)
    if (party === undefined) return undefined
    const keys = usable(party).map((key) => ({ keyId: key.keyId, algorithm: algorithmOf(key.publicKey), key }))
    return { party, did, keys }
  }
}

function usable({ keys }: Party): readonly PartyKey[] {
  // The one that signs comes first.
  return [...keys.filter(({ state }) => state === 'signing'), ...keys.filter(({ state }) => state === 'added')]
}

/** The did:key of an Ed25519 key; `undefined` for another kind. */
function didKeyOf({ publicKey }: PartyKey): string | undefined {
  return publicKey.kty === 'OKP' ? `did:key:${multibaseOf(publicKey)}` : undefined
}
