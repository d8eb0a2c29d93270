import { describe, expect, test } from '@jest/globals'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import { cryptosuite as ecdsaRdfc2019 } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import { cryptosuite as eddsaRdfc2022 } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import * as vc from '@digitalbazaar/vc'
import { loadContexts } from '../../../../node/credentials/contexts/load-contexts.js'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { controllerDocumentOf } from '../../../../node/identity/controller-document.js'
import { createTestProofVerifier, createTestProver, plainCredential } from '../../../support/proofs.js'

const verifier = createTestProofVerifier()
const contexts = await loadContexts({ examples: false })
const now = new Date('2026-11-24T09:30:00Z')

/** What the other library needs to find contexts and keys. */
async function documentLoader(url: string): Promise<object> {
  const loaded = (document: unknown): object => ({ contextUrl: null, documentUrl: url, document, tag: 'static' })
  const context = contexts.get(url)
  if (context !== undefined) return loaded(context)
  const controller = controllerDocumentOf(await verifier.resolver.resolve(url.split('#')[0] ?? ''))
  if (!url.includes('#')) return loaded(controller)
  const method = controller.verificationMethod.find(({ id }) => id === url)
  return loaded({ '@context': 'https://w3id.org/security/multikey/v1', ...method })
}

const suites = [
  ['eddsa-rdfc-2022', eddsaRdfc2022, 'EdDSA'],
  ['ecdsa-rdfc-2019', ecdsaRdfc2019, 'ES256'],
] as const

describe('another implementation', () => {
  test.each(suites)('finds our proof good, and a changed one not: %s', async (kind, cryptosuite, algorithm) => {
    const prover = createTestProver(algorithm)
    const credential = await prover.prove(plainCredential(prover.did), kind)
    const judge = async (value: JsonObject): Promise<boolean> => {
      const suite = new DataIntegrityProof({ cryptosuite })
      return (await vc.verifyCredential({ credential: value, suite, documentLoader, now })).verified
    }
    expect(await judge(credential)).toBe(true)
    expect(await judge({ ...credential, credentialSubject: { id: 'did:web:other.example' } })).toBe(false)
  })

  test.each(suites)('makes proofs that we find good: %s', async (kind, cryptosuite, _algorithm) => {
    const pair =
      kind === 'eddsa-rdfc-2022' ? await Ed25519Multikey.generate() : await EcdsaMultikey.generate({ curve: 'P-256' })
    const { publicKeyMultibase } = await pair.export({ publicKey: true })
    const did = `did:key:${publicKeyMultibase}`
    const signer = { ...pair.signer(), id: `${did}#${publicKeyMultibase}` }
    const suite = new DataIntegrityProof({ cryptosuite, signer, date: '2026-11-24T09:00:00Z' })
    const credential = await vc.issue({ credential: plainCredential(did), suite, documentLoader, now })
    await verifier.verifyProofs(credential, { purpose: 'assertionMethod', controller: did })
    await expect(
      verifier.verifyProofs({ ...credential, id: 'urn:uuid:other' }, { purpose: 'assertionMethod' }),
    ).rejects.toMatchObject({ code: 'proof.signature' })
  })
})
