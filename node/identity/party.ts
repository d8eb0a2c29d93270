import { NodeError } from '../kernel/errors.js'
import { put, type Collection, type Operation, type Store } from '../stores/contracts.js'
import { retryConflict } from '../stores/retry-conflict.js'
import type { DidDocumentData } from '../../schemas/did-document.js'
import type { PublicKey } from '../../schemas/jwk.js'
import { didOfKeyId } from './did-url.js'
import type { SignatureAlgorithm } from './public-key.js'
import { algorithmOf } from './private-key.js'

/**
 * What a key of a party is for: `added` is published and does not sign yet, `signing` signs, `retired` is published for
 * the sake of what it signed. A key that is removed is gone.
 */
export type KeyState = 'added' | 'signing' | 'retired'

/** A key of a party. Times are RFC 3339. */
export interface PartyKey {
  readonly keyId: string
  readonly publicKey: PublicKey
  readonly state: KeyState
  readonly addedAt: string
  /** When it last began to sign. */
  readonly promotedAt?: string
  readonly retiredAt?: string
}

/** Something that a party publishes in its DID document. */
export interface PartyService {
  /** A DID URL. */
  readonly id: string
  readonly type: string
  readonly serviceEndpoint: string | readonly unknown[] | Readonly<Record<string, unknown>>
}

/** An organisation this node speaks for. */
export interface Party {
  /** Local name; part of its OAuth URLs. */
  readonly subject: string
  readonly did: string
  /** The last part of the did:web path. */
  readonly id: string
  /** In the order in which they were added; exactly one signs, unless the party is deactivated. */
  readonly keys: readonly PartyKey[]
  readonly services: readonly PartyService[]
  /** RFC 3339. */
  readonly createdAt: string
  /** RFC 3339; from then on nobody speaks for it, for good. */
  readonly deactivatedAt?: string
}

/** Where parties are kept, by subject; deactivated ones too, so that no name is given out twice. */
export const partyRecords: Collection<Party> = {
  name: 'parties',
  indexes: { did: (party) => party.did, id: (party) => party.id },
}

/**
 * Changes a party that is not deactivated, together with the account of it, and returns what it became. `change` is asked
 * again when somebody else changed the party meanwhile.
 * @throws `identity.party_unknown`, what `change` throws, `store.*`
 */
export async function changeParty(
  store: Store,
  subject: string,
  change: (party: Party) => Promise<{ readonly party: Party; readonly account: Operation }>,
): Promise<Party> {
  return retryConflict(async () => {
    const stored = await store.records.get(partyRecords, [subject])
    if (stored === undefined || stored.value.deactivatedAt !== undefined) throw new NodeError('identity.party_unknown')
    const { party, account } = await change(stored.value)
    await store.write([put(partyRecords, [subject], party, { expected: stored.version }), account])
    return party
  })
}

/** The key that the party signs with, as a signature names it. @throws `identity.key_unknown` */
export function signingKey(party: Party): { readonly keyId: string; readonly algorithm: SignatureAlgorithm } {
  const key = party.keys.find(({ state }) => state === 'signing')
  if (key === undefined) throw new NodeError('identity.key_unknown', { detail: 'the party has no key' })
  return { keyId: key.keyId, algorithm: algorithmOf(key.publicKey) }
}

/**
 * The DID document of a party, as served at `/iam/{id}/did.json`. The key that signs comes first.
 * @see DID Core section 5; nuts-node v6: absolute key ids, four relationships, JsonWebKey2020
 */
export function didDocumentOf(party: Party): DidDocumentData & Record<string, unknown> {
  const isSigning = ({ state }: PartyKey): number => (state === 'signing' ? 0 : 1)
  const methods = party.keys.toSorted((left, right) => isSigning(left) - isSigning(right)).map(verificationMethodOf)
  const keyIds = methods.map(({ id }) => id)
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json'],
    id: party.did,
    verificationMethod: methods,
    assertionMethod: keyIds,
    authentication: keyIds,
    capabilityInvocation: keyIds,
    capabilityDelegation: keyIds,
    service: party.services.map((service) => ({ ...service })),
  }
}

/** A key as a DID document lists it. */
export function verificationMethodOf({ keyId, publicKey }: PartyKey) {
  return { id: keyId, type: 'JsonWebKey2020', controller: didOfKeyId(keyId), publicKeyJwk: publicKey }
}
