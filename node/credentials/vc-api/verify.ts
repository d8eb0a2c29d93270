import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import type { Credential2 } from '../../../schemas/credentials/data-model-2.js'
import { asArray, type JsonObject } from '../credential.js'
import type { LinkedData } from '../proofs/linked-data.js'
import type { VerifyProofs } from '../proofs/verify-proofs.js'
import type { CredentialVerifier } from '../verify-credential.js'
import type { FindAlias } from './aliases.js'
import { openEnvelope, type Opened } from './open-envelope.js'
import { idOf, parseCredential2, parsePresentation2 } from './structure.js'

/** What the caller wants the proofs to be for. */
export interface VerifyWishes {
  readonly domain?: string | undefined
  readonly challenge?: string | undefined
  readonly expectedProofPurpose?: string | undefined
}

/**
 * Verifies for wallets and test suites: that a document of data model 2.0 is well-formed, means something, is valid now,
 * not revoked, and secured by who is said to have made it.
 *
 * Does not look at types or trust: what passes here is no `VerifiedCredential`, and gets nobody a token. An issuer that
 * is no DID cannot be resolved: then every proof is good under its own key, and whose that is the answer does not say.
 */
export interface VcVerifier {
  /** @throws `credential.*`, `proof.*`, `identity.*` */
  verifyCredential(value: unknown, wishes: VerifyWishes): Promise<void>
  /** Also every credential in it. @throws as `verifyCredential`, and `presentation.*` */
  verifyPresentation(value: unknown, wishes: VerifyWishes): Promise<void>
}

export interface VcVerifierDeps {
  readonly clock: Clock
  readonly resolver: DidResolver
  readonly linkedData: LinkedData
  readonly verifyProofs: VerifyProofs
  readonly verifier: Pick<CredentialVerifier, 'checkStatus'>
  readonly findAlias: FindAlias
}

export function createVcVerifier(deps: VcVerifierDeps): VcVerifier {
  /** `holder` says who may vouch for a credential without a proof; nobody when absent. */
  async function verifyCredential(value: unknown, wishes: VerifyWishes, holder?: string): Promise<void> {
    const opened = await openEnvelope(value, 'credential', deps)
    const document = opened?.document ?? asObject(value)
    const credential = parseCredential2(document)
    const issuer = idOf(credential.issuer)
    checkPeriod(credential, deps.clock.now())
    if (opened !== undefined) {
      checkEnvelope(opened, wishes)
      if (opened.signer !== issuer) throw new NodeError('credential.controller', { detail: 'not the issuer’s key' })
      await deps.linkedData.canonicalize(document, { undefinedTerms: 'refuse-and-name' })
    } else if (!('proof' in document) && holder !== undefined) {
      if (holder !== issuer) throw new NodeError('credential.signature', { notes: ['a credential has no proof'] })
    } else {
      await deps.verifyProofs(document, {
        ...purposeOf(document, wishes, ['assertionMethod']),
        ...bindingOf(wishes),
        controller: issuer.startsWith('did:') ? issuer : undefined,
      })
      await checkTerms(document)
    }
    await checkStatus(credential, issuer)
  }

  /** A proof over the text protects terms that mean nothing, so they are looked for apart. */
  async function checkTerms({ proof, ...document }: JsonObject): Promise<void> {
    if (asArray(proof).every((one) => !isJcs(one))) return
    await deps.linkedData.canonicalize(document, { undefinedTerms: 'refuse-and-name' })
  }

  async function checkStatus(credential: Credential2, issuer: string): Promise<void> {
    if (credential.credentialStatus === undefined) return
    const statusEntries = asArray<JsonObject>(credential.credentialStatus)
    // A party keeps its lists under its own DID, whatever name it issues by.
    const party = (await deps.findAlias(issuer))?.party
    await deps.verifier.checkStatus({ type: 'credential', issuer: party?.did ?? issuer, statusEntries }, 'usual')
  }

  return {
    verifyCredential: (value, wishes) => verifyCredential(value, wishes),
    async verifyPresentation(value, wishes) {
      const opened = await openEnvelope(value, 'presentation', deps)
      const document = opened?.document ?? asObject(value)
      const presentation = parsePresentation2(document)
      const holder = presentation.holder === undefined ? undefined : idOf(presentation.holder)
      // Only of a DID can be told that it signed.
      const signer = holder?.startsWith('did:') === true ? holder : undefined
      if (opened !== undefined) {
        checkEnvelope(opened, wishes)
        if (holder !== undefined && opened.signer !== holder) throw new NodeError('presentation.signer')
        await deps.linkedData.canonicalize(document, { undefinedTerms: 'refuse-and-name' })
      } else {
        await deps.verifyProofs(document, {
          ...purposeOf(document, wishes, ['authentication', 'assertionMethod']),
          ...bindingOf(wishes),
          controller: signer,
        })
        await checkTerms(document)
      }
      for (const credential of asArray<unknown>(presentation.verifiableCredential ?? [])) {
        await verifyCredential(credential, {}, signer)
      }
    },
  }
}

function asObject(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject // No array: an object.
  throw new NodeError('credential.malformed', { notes: ['document: must be an object'] })
}

function isJcs(proof: unknown): boolean {
  return typeof proof === 'object' && proof !== null && 'cryptosuite' in proof && proof.cryptosuite === 'eddsa-jcs-2022'
}

function checkPeriod({ validFrom, validUntil }: Credential2, now: number): void {
  if (validFrom !== undefined && Date.parse(validFrom) > now + 5_000) throw new NodeError('credential.not_yet_valid')
  if (validUntil !== undefined && Date.parse(validUntil) <= now) throw new NodeError('credential.expired')
}

type Purpose = 'assertionMethod' | 'authentication'

/** The purpose that the caller expects, or else the one of the first proof where that is among `usual`. */
function purposeOf(
  { proof }: JsonObject,
  { expectedProofPurpose }: VerifyWishes,
  usual: readonly [Purpose, ...Purpose[]],
): { readonly purpose: Purpose } {
  const [first] = asArray<unknown>(proof)
  const written =
    typeof first === 'object' && first !== null && 'proofPurpose' in first ? first.proofPurpose : undefined
  const purpose = usual.find((known) => known === (expectedProofPurpose ?? written))
  if (purpose === undefined && expectedProofPurpose !== undefined) throw new NodeError('proof.purpose')
  return { purpose: purpose ?? usual[0] }
}

function bindingOf({ domain, challenge }: VerifyWishes): Pick<VerifyWishes, 'domain' | 'challenge'> {
  return { domain, challenge }
}

function checkEnvelope({ audiences, nonce }: Opened, { domain, challenge }: VerifyWishes): void {
  if ((domain !== undefined && !audiences.includes(domain)) || (challenge !== undefined && nonce !== challenge)) {
    throw new NodeError('proof.binding')
  }
}
