import { expect, test } from '@jest/globals'
import { bronnetContext } from '../../../node/credentials/contexts/load-contexts.js'
import type { JsonObject } from '../../../node/credentials/credential.js'
import { compileDefinition } from '../../../node/credentials/exchange/definition.js'
import { jws2020Context } from '../../../node/credentials/proofs/json-web-signature.js'
import { toRfc3339 } from '../../../node/kernel/clock.js'
import type { TokenRequest } from '../../../node/tokens/grant-token.js'
import { createIntrospect } from '../../../node/tokens/introspect.js'
import { createOutsider } from '../../support/outsider.js'
import { createTestHolder } from '../../support/credentials.js'
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
    keepPresentations: true,
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
  const requestOf = (presentation: JsonObject): TokenRequest => {
    const request = tokenRequest(world)
    const parameters = {
      ...request.parameters,
      assertion: JSON.stringify(presentation),
      presentation_submission: JSON.stringify({
        ...submission,
        descriptor_map: [{ ...entry, format: 'ldp_vc', path: '$.verifiableCredential' }],
      }),
    }
    return { ...request, parameters }
  }
  const ask = (presentation: JsonObject): Promise<string> => outcomeOf(world, requestOf(presentation))
  const good = await present('n1')
  expect(await ask(good)).toBe('granted')
  expect(await ask(good)).toBe('token.replayed')
  expect(await ask(await present('n2', 'https://other.example'))).toBe('presentation.audience')
  expect(await ask({ ...(await present('n3')), id: `${member.did}#other` })).toBe('proof.signature')
  const other = { ...membership, issuanceDate: toRfc3339(now) }
  expect(await ask({ ...(await present('n4')), verifiableCredential: other })).toBe('proof.signature')

  // What was shown is told as the object that it was.
  const shown = await present('n5')
  const { access_token } = await world.grant(requestOf(shown))
  const introspect = createIntrospect({ ...world, parties: world.node.parties })
  expect((await introspect(access_token, { extended: true }))['vps']).toEqual([shown])
})

test('a JWT credential of data model 2.0 counts in linked data when it stands in an envelope, which the proof covers', async () => {
  const issuer = createTestHolder()
  const { clock } = await createTokenWorld()
  const open = compileDefinition({ ...definition.data, format: undefined })
  const pinned = JSON.parse(JSON.stringify(open.data).replaceAll(stelselbeheerder.did, issuer.did)) as unknown
  const world = await createTokenWorld({
    clock,
    stelselbeheerder: { ...createOutsider(clock), did: issuer.did },
    profile: { definitions: { organization: compileDefinition(pinned) } },
  })
  const now = clock.now()
  const v2 = 'https://www.w3.org/ns/credentials/v2'
  const secure = (city: string): string =>
    issuer.signVp(
      {
        '@context': [v2],
        id: `${issuer.did}#1`,
        type: ['VerifiableCredential', 'LedenadministratieCredential'],
        issuer: issuer.did,
        validFrom: toRfc3339(now - 1000),
        validUntil: toRfc3339(now + 3_600_000),
        credentialSubject: { id: member.did, organization: { ...zorgkantoor, city } },
      },
      { typ: 'vc+jwt' },
    )
  const envelope = (compact: string): JsonObject => ({
    '@context': v2,
    type: 'EnvelopedVerifiableCredential',
    id: `data:application/vc+jwt,${compact}`,
  })
  const present = (nonce: string): Promise<JsonObject> =>
    member.prove(
      {
        '@context': [v2],
        id: `${member.did}#${nonce}`,
        type: ['VerifiablePresentation'],
        holder: member.did,
        verifiableCredential: [envelope(secure('Noordstad'))],
      },
      'ecdsa-rdfc-2019',
      { created: now - 1000, members: { expires: toRfc3339(now + 4000), domain: world.audience, challenge: nonce } },
    )
  const [entry] = submission.descriptor_map
  const ask = (presentation: JsonObject): Promise<string> => {
    const request = tokenRequest(world)
    const map = [{ ...entry, format: 'vc+jwt' }]
    const parameters = {
      ...request.parameters,
      assertion: JSON.stringify(presentation),
      presentation_submission: JSON.stringify({ ...submission, descriptor_map: map }),
    }
    return outcomeOf(world, { ...request, parameters })
  }
  const good = await present('n1')
  expect(await ask(good)).toBe('granted')
  expect(await ask(good)).toBe('token.replayed')
  const exchanged = { ...(await present('n2')), verifiableCredential: [envelope(secure('Zuidstad'))] }
  expect(await ask(exchanged)).toBe('proof.signature')
  const bare = { ...(await present('n3')), verifiableCredential: [secure('Noordstad')] }
  expect(await ask(bare)).toBe('presentation.signature')
})
