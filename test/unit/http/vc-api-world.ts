import { expect } from '@jest/globals'
import type { JsonObject } from '../../../node/credentials/credential.js'
import { addProof } from '../../../node/credentials/proofs/add-proof.js'
import { multibaseOf } from '../../../node/identity/multikey.js'
import { systemClock } from '../../../node/kernel/clock.js'
import { publicKeySchema } from '../../../schemas/jwk.js'
import { linkedData, type TestProver } from '../../support/proofs.js'
import { startComposedNode, type ComposedNode, type Reply } from './composed.js'

export const v2 = 'https://www.w3.org/ns/credentials/v2'
export const examples = 'https://www.w3.org/ns/credentials/examples/v2'
/** The answer about a document that is good. */
export const good = { verified: true, checks: [], warnings: [], errors: [] }

/** A node with the VC-API, whose party `ciz` has an Ed25519 key. */
export interface VcApiWorld {
  readonly running: ComposedNode
  /** The did:key of that key. */
  readonly issuer: string
  draft(changes?: JsonObject): JsonObject
  issue(credential: unknown, base?: string): Promise<Reply>
  /** The credential that was issued; fails the test when none was. */
  issued(changes?: JsonObject, base?: string): Promise<JsonObject>
  verify(verifiableCredential: unknown, options?: JsonObject): Promise<Reply>
  verifyPresentation(verifiablePresentation: unknown, options?: JsonObject): Promise<Reply>
}

export async function startVcApiWorld(options: { readonly conformance: boolean }): Promise<VcApiWorld> {
  const running = await startComposedNode(options)
  const { json } = await running.inside('POST', '/internal/bronnet/v1/subjects/ciz/keys', { algorithm: 'EdDSA' })
  const key = publicKeySchema.parse((json as { publicKeyJwk: unknown }).publicKeyJwk)
  const issuer = `did:key:${multibaseOf(key)}`
  const draft = (changes: JsonObject = {}): JsonObject => ({
    '@context': [v2],
    id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
    type: ['VerifiableCredential'],
    issuer,
    credentialSubject: { id: 'did:example:subject', name: 'Alice' },
    ...changes,
  })
  const issue = (credential: unknown, base = '/vc-api'): Promise<Reply> =>
    running.inside('POST', `${base}/credentials/issue`, { credential, options: {} })
  return {
    running,
    issuer,
    draft,
    issue,
    async issued(changes = {}, base) {
      const reply = await issue(draft(changes), base)
      expect([reply.status, reply.text]).toEqual([201, expect.any(String)])
      return (reply.json as { verifiableCredential: JsonObject }).verifiableCredential
    },
    verify: (verifiableCredential, wishes = { checks: ['proof'] }) =>
      running.inside('POST', '/vc-api/credentials/verify', { verifiableCredential, options: wishes }),
    verifyPresentation: (verifiablePresentation, wishes = {}) =>
      running.inside('POST', '/vc-api/presentations/verify', { verifiablePresentation, options: wishes }),
  }
}

/** A document that somebody outside signed, now. */
export function proveNow(
  document: JsonObject,
  { signer }: TestProver,
  purpose: 'assertionMethod' | 'authentication' = 'assertionMethod',
  members: JsonObject = {},
): Promise<JsonObject> {
  return addProof(document, {
    kind: 'eddsa-rdfc-2022',
    signer,
    purpose,
    created: systemClock.now(),
    linkedData,
    members,
  })
}

export function expectRefused({ status, json, text }: Reply): void {
  expect([status, text]).toEqual([400, expect.any(String)])
  expect(json).toMatchObject({ verified: false, errors: [{ title: expect.any(String), code: expect.any(String) }] })
}
