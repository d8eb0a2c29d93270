import { expect, test } from '@jest/globals'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { createVerifyProofs } from '../../../../node/credentials/proofs/verify-proofs.js'
import { createPartyKeys } from '../../../../node/identity/party-keys.js'
import { createTestIdentity } from '../../../support/credentials.js'

test.each([
  ['StatusList2021', 'ES256', { type: 'JsonWebSignature2020' }],
  ['StatusList2021', 'EdDSA', { type: 'JsonWebSignature2020' }],
  ['BitstringStatusList', 'ES256', { cryptosuite: 'ecdsa-rdfc-2019' }],
  ['BitstringStatusList', 'EdDSA', { cryptosuite: 'eddsa-rdfc-2022' }],
] as const)('a %s is signed by a key for %s with the proof that goes with both', async (list, algorithm, kind) => {
  const identity = await createTestIdentity()
  const { subject, did } = await identity.parties.create({ subject: 'issuer' })
  const partyKeys = createPartyKeys(identity)
  const { keyId } = await partyKeys.add({ subject, algorithm })
  await partyKeys.promote({ subject, key: keyId, force: true })
  const issuer = await identity.parties.get(subject)
  const kinds = [{ list, purpose: 'revocation' } as const]
  await identity.store.write((await identity.statusLists.allocate({ issuer, credentialId: 'urn:a', kinds })).operations)
  const served = JSON.parse(await identity.statusLists.read(did, '1')) as JsonObject
  expect(served['proof']).toMatchObject({ ...kind, verificationMethod: keyId })
  await createVerifyProofs(identity)(served, { purpose: 'assertionMethod', controller: did })
  await identity.end()
})
