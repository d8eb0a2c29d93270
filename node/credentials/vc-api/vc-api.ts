import { createLinkedData } from '../proofs/linked-data.js'
import { createVerifyProofs } from '../proofs/verify-proofs.js'
import { createFindAlias } from './aliases.js'
import { createVcIssuer, type VcIssuer, type VcIssuerDeps } from './issue.js'
import { createVcVerifier, type VcVerifier, type VcVerifierDeps } from './verify.js'

export interface VcApi {
  readonly issuer: VcIssuer
  readonly verifier: VcVerifier
}

export interface VcApiDeps
  extends
    Omit<VcIssuerDeps, 'linkedData' | 'findAlias' | 'parties'>,
    Pick<VcVerifierDeps, 'clock' | 'resolver' | 'verifier'> {
  readonly parties: VcIssuerDeps['parties'] & Parameters<typeof createFindAlias>[0]['parties']
  /** Adds the context of examples, and a did:key beside each Ed25519 key: for test networks only. */
  readonly conformance: boolean
}

/** Apart from what tokens rest on: its contexts, its proofs and what it has verified are its own. */
export function createVcApi(deps: VcApiDeps): VcApi {
  const linkedData = createLinkedData({ examples: deps.conformance })
  const findAlias = createFindAlias(deps)
  return {
    issuer: createVcIssuer({ ...deps, linkedData, findAlias }),
    verifier: createVcVerifier({
      ...deps,
      linkedData,
      findAlias,
      verifyProofs: createVerifyProofs({ ...deps, linkedData }),
    }),
  }
}
