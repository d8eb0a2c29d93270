import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { claimsOf } from '../../support/credentials.js'
import { membershipOf, problem, startComposedNode, type ComposedNode, type Reply } from './composed.js'
import { createCredentialCalls, issuing } from './credential-calls.js'

let running: ComposedNode
beforeAll(async () => {
  running = await startComposedNode()
})
afterAll(() => running.end())

const { issueMembership, issueRegistration } = createCredentialCalls(() => running)
const verifying = '/internal/vcr/v2/verifier'
const presenting = '/internal/vcr/v2/holder/vp'

describe('verifying a credential', () => {
  const verify = (verifiableCredential: unknown): Promise<Reply> =>
    running.inside('POST', `${verifying}/vc`, { verifiableCredential })

  test('says that a good one is valid, in both formats', async () => {
    expect((await verify(await issueMembership())).json).toEqual({ validity: true })
    expect((await verify(await issueRegistration())).json).toEqual({ validity: true })
  })

  test('says what is wrong with another, and that is an answer', async () => {
    const { proof: _, ...unsigned } = await issueRegistration()
    const bare = { ...unsigned, issuanceDate: '2098-01-01T00:00:00Z' }
    const tampered = { ...(await issueRegistration()), expirationDate: '2098-01-01T00:00:00Z' }
    const compact = await issueMembership()
    for (const bad of [`${compact.slice(0, -8)}AAAAAAAA`, bare, tampered]) {
      const { status, json } = await verify(bad)
      expect(status).toBe(200)
      expect(json).toEqual({ validity: false, message: expect.stringMatching(/not good|not valid yet/) })
    }
    const stranger = await running.inside('POST', issuing, membershipOf(running.dids, { issuer: running.dids.ciz }))
    expect((await verify(stranger.json)).json).toMatchObject({
      message: expect.stringContaining('issuer of the LedenadministratieCredential is not trusted'),
    })
  })

  test.each<[string, unknown, string]>([
    ['nothing', {}, 'bad-body'],
    ['a number', { verifiableCredential: 1 }, 'bad-body'],
    ['a text that is no credential', { verifiableCredential: 'x' }, 'credential-malformed'],
    ['an object that is no credential', { verifiableCredential: {} }, 'credential-malformed'],
    [
      'a wish to overlook the issuer',
      { verifiableCredential: 'x', verificationOptions: { allowUntrustedIssuer: true } },
      'bad-body',
    ],
    ['an unknown member', { verifiableCredential: 'x', strict: true }, 'bad-body'],
  ])('is refused for %s', async (_, body, code) => {
    expect(problem(await running.inside('POST', `${verifying}/vc`, body))).toMatchObject({ status: 400, code })
  })
})

describe('presentations', () => {
  const verify = async (verifiablePresentation: unknown): Promise<Reply> =>
    running.inside('POST', `${verifying}/vp`, { verifiablePresentation })

  test('are made as JWT, and verified', async () => {
    const compact = await issueMembership()
    const { status, json } = await running.inside('POST', presenting, {
      verifiableCredentials: [compact],
      format: 'jwt_vp',
      domain: 'https://node.example.nl/oauth2/ciz',
      challenge: 'c',
    })
    expect(status).toBe(200)
    expect(claimsOf(json as string)).toMatchObject({
      iss: running.dids.noord,
      aud: 'https://node.example.nl/oauth2/ciz',
      nonce: 'c',
      vp: { verifiableCredential: [compact] },
    })
    expect((await verify(json)).json).toEqual({ validity: true, credentials: [compact] })
  })

  test('are made as objects unless a format is named, and verified', async () => {
    const credential = await issueRegistration()
    const { json } = await running.inside('POST', presenting, {
      verifiableCredentials: [credential],
      signerDID: running.dids.noord,
      domain: 'd',
      challenge: 'c',
      expires: '2099-01-01T00:00:00Z',
      proofPurpose: 'assertionMethod',
    })
    expect(json).toMatchObject({
      holder: running.dids.noord,
      type: ['VerifiablePresentation'],
      verifiableCredential: credential,
      proof: {
        type: 'JsonWebSignature2020',
        domain: 'd',
        challenge: 'c',
        nonce: 'c',
        expires: '2099-01-01T00:00:00Z',
      },
    })
    expect((await verify(json)).json).toEqual({ validity: true, credentials: [credential] })
    const tampered = { ...(json as object), verifiableCredential: await issueRegistration() }
    expect((await verify(tampered)).json).toMatchObject({ validity: false, message: expect.any(String) })
  })

  test('are in the audit journal', async () => {
    const compact = await issueMembership()
    await running.inside('POST', presenting, { verifiableCredentials: [compact], format: 'jwt_vp' })
    const { json } = await running.inside('GET', '/internal/bronnet/v1/audit?limit=1000')
    expect(JSON.stringify(json)).toContain('credential.presented')
  })

  test.each<[string, object, number, string]>([
    ['no credentials', { verifiableCredentials: [] }, 400, 'bad-body'],
    ['a signer that is not here', { signerDID: 'did:web:other.example' }, 400, 'credential-subject-mismatch'],
    ['an end in the past', { expires: '2020-01-01T00:00:00Z' }, 400, 'bad-body'],
    ['a purpose that nobody checks', { proofPurpose: 'keyAgreement' }, 400, 'bad-body'],
    ['a JWT credential inside an object', { format: 'ldp_vp' }, 400, 'bad-parameters'],
    ['an unknown member', { holder: 'x' }, 400, 'bad-body'],
    ['a credential that is none', { verifiableCredentials: ['x'] }, 400, 'credential-malformed'],
  ])('are not made with %s', async (_, changes, status, code) => {
    const body = { verifiableCredentials: [await issueMembership()], format: 'jwt_vp', ...changes }
    expect(problem(await running.inside('POST', presenting, body))).toMatchObject({ status, code })
  })

  test('of somebody else are not made', async () => {
    const subject = { ...(membershipOf(running.dids)['credentialSubject'] as object), id: 'did:web:other.example' }
    const verifiableCredentials = [await issueMembership({ credentialSubject: subject })]
    const reply = await running.inside('POST', presenting, { verifiableCredentials, format: 'jwt_vp' })
    expect(problem(reply)).toMatchObject({ status: 404, code: 'party-unknown' })
  })

  test.each<[string, unknown, string]>([
    ['nothing', {}, 'bad-body'],
    ['what is none', { verifiablePresentation: 'x' }, 'presentation-malformed'],
    ['another moment', { verifiablePresentation: 'x', validAt: '2099-01-01T00:00:00Z' }, 'bad-body'],
    ['only the outside', { verifiablePresentation: 'x', verifyCredentials: false }, 'bad-body'],
  ])('are not verified for %s', async (_, body, code) => {
    expect(problem(await running.inside('POST', `${verifying}/vp`, body))).toMatchObject({ status: 400, code })
  })
})

describe('trust', () => {
  const membership = 'LedenadministratieCredential'

  test('is shown per type', async () => {
    const read = async (which: string) => (await running.inside('GET', `${verifying}/${membership}/${which}`)).json
    expect([await read('trusted'), await read('untrusted')]).toEqual([[running.dids.stelsel], []])
    for (const which of ['trusted', 'untrusted']) {
      expect(problem(await running.inside('GET', `${verifying}/Onbekend/${which}`))).toMatchObject({ status: 404 })
    }
  })

  test('is configuration: a call that changes nothing is accepted, another is not offered', async () => {
    const change = (method: string, issuer: string) =>
      running.inside(method, `${verifying}/trust`, { issuer, credentialType: membership })
    expect((await change('POST', running.dids.stelsel)).status).toBe(204)
    expect((await change('DELETE', running.dids.ciz)).status).toBe(204)
    for (const reply of [await change('POST', running.dids.ciz), await change('DELETE', running.dids.stelsel)]) {
      expect(problem(reply)).toMatchObject({ status: 501, detail: expect.stringContaining(`trust.${membership}`) })
    }
  })
})
