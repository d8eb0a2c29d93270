import { toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId, randomToken } from '../kernel/random.js'
import type { Parties } from '../identity/parties.js'
import { signingKey, type Party } from '../identity/party.js'
import { baseContext, type Credential, type JsonObject } from './credential.js'
import { addProof } from './proofs/add-proof.js'
import { jws2020Context } from './proofs/json-web-signature.js'
import type { LinkedData } from './proofs/linked-data.js'

/** What a presentation object says beside its credentials. */
export interface PresentObjectOptions {
  readonly party: Party
  readonly credentials: readonly Credential[]
  /** For whom it is made. */
  readonly domain?: string | undefined
  /** What the other party gave to show that it is fresh; one is made up unless given. */
  readonly challenge?: string | undefined
  readonly expiresAt: Instant
  readonly purpose?: 'assertionMethod' | 'authentication' | undefined
  /** Types beside `VerifiablePresentation`, and the contexts that define them. */
  readonly extraTypes?: readonly string[] | undefined
  readonly extraContexts?: readonly string[] | undefined
}

/** Makes presentations as JSON objects with a proof inside, for parties of this node. */
export type PresentObject = (options: PresentObjectOptions) => Promise<JsonObject>

/**
 * Signs with `JsonWebSignature2020`, as nuts-node v6 reads it: one credential is an object, several are a list; whole
 * seconds; the challenge is also the nonce.
 * @throws `request.bad_parameters` for a JWT credential, which linked data has no words for; `credential.context` for a type that no context defines
 * @see Nuts RFC021 section 4.2; VC Data Model 1.1 section 4.10
 */
export function createPresentObject(deps: {
  readonly clock: Clock
  readonly parties: Parties
  readonly linkedData: LinkedData
}): PresentObject {
  const { clock, parties, linkedData } = deps
  return async ({ party, credentials, domain, expiresAt, challenge = randomToken(), ...more }) => {
    if (credentials.some(({ jwt }) => jwt !== undefined)) {
      throw new NodeError('request.bad_parameters', {
        notes: ['a JWT credential cannot stand in an object: ask for a jwt_vp'],
      })
    }
    const values = credentials.map(({ object }) => object)
    const document = {
      '@context': [...new Set([baseContext, ...(more.extraContexts ?? []), jws2020Context])],
      id: `${party.did}#${randomId()}`,
      type: ['VerifiablePresentation', ...(more.extraTypes ?? [])],
      holder: party.did,
      verifiableCredential: values.length === 1 ? values[0] : values,
    }
    return addProof(document, {
      kind: 'JsonWebSignature2020',
      signer: { ...signingKey(party), sign: (input) => parties.sign(party, input, expiresAt) },
      purpose: more.purpose ?? 'assertionMethod',
      created: clock.now(),
      members: {
        challenge,
        nonce: challenge,
        ...(domain === undefined ? {} : { domain }),
        expires: toRfc3339(expiresAt),
      },
      linkedData,
    })
  }
}
