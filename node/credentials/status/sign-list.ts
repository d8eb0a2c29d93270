import type { Parties } from '../../identity/parties.js'
import { signingKey } from '../../identity/party.js'
import { addProof, type ProofKind } from '../proofs/add-proof.js'
import type { LinkedData } from '../proofs/linked-data.js'
import type { SignList } from './host-list.js'

/**
 * Signs lists as their readers expect: StatusList2021 with the linked-data proof of nuts-node v6, BitstringStatusList
 * with a Data Integrity proof of the suite that goes with the party's key.
 */
export function createSignList({
  parties,
  linkedData,
}: {
  readonly parties: Pick<Parties, 'sign'>
  readonly linkedData: LinkedData
}): SignList {
  return ({ party, list, credential, issuedAt, validUntil }) => {
    const { keyId, algorithm } = signingKey(party)
    const dataIntegrity = algorithm === 'EdDSA' ? 'eddsa-rdfc-2022' : 'ecdsa-rdfc-2019'
    const kind: ProofKind = list === 'StatusList2021' ? 'JsonWebSignature2020' : dataIntegrity
    return addProof(credential, {
      kind,
      signer: { keyId, algorithm, sign: (input) => parties.sign(party, input, validUntil) },
      purpose: 'assertionMethod',
      created: issuedAt,
      linkedData,
    })
  }
}
