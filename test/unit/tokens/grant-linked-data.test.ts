import { expect, test } from '@jest/globals'
import { bronnetContext } from '../../../node/credentials/contexts/load-contexts.js'
import type { JsonObject } from '../../../node/credentials/credential.js'
import { compileDefinition } from '../../../node/credentials/exchange/definition.js'
import { jws2020Context } from '../../../node/credentials/proofs/json-web-signature.js'
import { toRfc3339 } from '../../../node/kernel/clock.js'
import { createOutsider } from '../../support/outsider.js'
import { createTestProver, type TestProver } from '../../support/proofs.js'
import { createTokenWorld, outcomeOf, submission, tokenRequest, zorgkantoor } from '../../support/token-world.js'

const v1 = 'https://www.w3.org/2018/credentials/v1'
const stelselbeheerder = createTestProver('ES256', 'jwk')
const member = createTestProver('ES256', 'jwk')

const definition = compileDefinition({
  id: submission.definition_id,
  format: {
    ldp_vp: { proof_type: ['JsonWebSignature2020'] },
    ldp_vc: { proof_type: ['JsonWebSignature2020'] },
  },
  input_descriptors: [
    {
      id: 'lidmaatschap',
      constraints: {
        fields: [
          { path: ['$.type'], filter: { type: 'string', const: 'LedenadministratieCredential' } },
          { path: ['$.issuer'], filter: { type: 'string', const: stelselbeheerder.did } },
          { id: 'organization_id', path: ['$.credentialSubject.organization.id'], filter: { type: 'string' } },
        ],
      },
    },
  ],
})

test('a token is granted for linked data as nuts-node writes it, once, and not when it was changed', async () => {
  const { clock } = await createTokenWorld()
  const world = await createTokenWorld({
    clock,
    stelselbeheerder: { ...createOutsider(clock), did: stelselbeheerder.did },
    profile: { definitions: { organization: definition } },
  })
  const now = clock.now()
  const prove = (document: JsonObject, by: TestProver, members: JsonObject = {}): Promise<JsonObject> =>
    by.prove(document, 'JsonWebSignature2020', { created: now - 1000, members })
  const membership = await prove(
    {
      '@context': [bronnetContext, v1, jws2020Context],
      id: `${stelselbeheerder.did}#1`,
      type: ['LedenadministratieCredential', 'VerifiableCredential'],
      issuer: stelselbeheerder.did,
      issuanceDate: toRfc3339(now - 1000),
      expirationDate: toRfc3339(now + 3_600_000),
      credentialSubject: { id: member.did, organization: zorgkantoor },
    },
    stelselbeheerder,
  )
  const present = (nonce: string, domain = world.audience): Promise<JsonObject> =>
    prove(
      {
        '@context': [v1, jws2020Context],
        id: `${member.did}#${nonce}`,
        type: 'VerifiablePresentation',
        holder: member.did,
        verifiableCredential: membership,
      },
      member,
      { expires: toRfc3339(now + 4000), domain, challenge: nonce, nonce },
    )
  const [entry] = submission.descriptor_map
  const ask = (presentation: JsonObject): Promise<string> => {
    const request = tokenRequest(world)
    const parameters = {
      ...request.parameters,
      assertion: JSON.stringify(presentation),
      presentation_submission: JSON.stringify({
        ...submission,
        descriptor_map: [{ ...entry, format: 'ldp_vc', path: '$.verifiableCredential' }],
      }),
    }
    return outcomeOf(world, { ...request, parameters })
  }
  const good = await present('n1')
  expect(await ask(good)).toBe('granted')
  expect(await ask(good)).toBe('token.replayed')
  expect(await ask(await present('n2', 'https://other.example'))).toBe('presentation.audience')
  expect(await ask({ ...(await present('n3')), id: `${member.did}#other` })).toBe('proof.signature')
  const other = { ...membership, issuanceDate: toRfc3339(now) }
  expect(await ask({ ...(await present('n4')), verifiableCredential: other })).toBe('proof.signature')
})
