import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { claimsOf } from '../../support/credentials.js'
import { membershipOf, problem, startComposedNode, type ComposedNode, type Reply } from './composed.js'
import { createCredentialCalls, idOf, issuing, registrationOf } from './credential-calls.js'

let running: ComposedNode
beforeAll(async () => {
  running = await startComposedNode()
})
afterAll(() => running.end())

const { issueMembership, issueRegistration } = createCredentialCalls(() => running)
const verifying = '/internal/vcr/v2/verifier'

describe('issuing', () => {
  test('gives a JWT when no context is named', async () => {
    const { status, json } = await running.inside('POST', issuing, membershipOf(running.dids))
    expect(status).toBe(200)
    expect(json).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  test('gives an object with a proof to who names a context, as tools for nuts-node do', async () => {
    expect(await issueRegistration()).toMatchObject({
      '@context': [
        'https://www.w3.org/2018/credentials/v1',
        'https://nuts.nl/credentials/v1',
        'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json',
      ],
      id: expect.stringContaining(`${running.dids.noord}#`),
      type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
      issuanceDate: expect.stringMatching(/^[^.]+Z$/),
      expirationDate: '2099-01-01T00:00:00Z',
      proof: { type: 'JsonWebSignature2020', proofPurpose: 'assertionMethod' },
    })
  })

  test('gives the format that is asked', async () => {
    const asked = registrationOf(running.dids, { format: 'jwt_vc' })
    const { json } = await running.inside('POST', issuing, asked)
    expect(claimsOf(json as string)['vc']).toMatchObject({
      '@context': ['https://www.w3.org/2018/credentials/v1', 'https://nuts.nl/credentials/v1'],
    })
  })

  test('adds a status when that is asked, and none when it is not wanted', async () => {
    const withStatus = await issueMembership({ withStatusList2021Revocation: true })
    const without = await issueMembership({ withStatusList2021Revocation: false })
    const statusOf = (compact: string): unknown =>
      (claimsOf(compact)['vc'] as Record<string, unknown>)['credentialStatus']
    expect([statusOf(withStatus), statusOf(without)]).toEqual([
      expect.objectContaining({ type: 'StatusList2021Entry', statusPurpose: 'revocation' }),
      undefined,
    ])
  })

  test.each<[string, object, number, string]>([
    ['an issuer that is not here', { issuer: 'did:web:other.example' }, 404, 'party-unknown'],
    ['two types', { type: ['AutorisatieCredential', 'LedenadministratieCredential'] }, 400, 'bad-body'],
    ['only the base type', { type: 'VerifiableCredential' }, 400, 'bad-body'],
    ['an unknown type', { type: 'LidCredential' }, 400, 'credential-type-unknown'],
    ['an end in the past', { expirationDate: '2020-01-01T00:00:00Z' }, 400, 'bad-parameters'],
    ['an end without a time', { expirationDate: '2099-01-01' }, 400, 'bad-body'],
    ['no end and no word about it', { expirationDate: undefined }, 400, 'bad-body'],
    [
      'no end, where the type wants one',
      { expirationDate: undefined, withStatusList2021Revocation: true },
      400,
      'credential-rule-broken',
    ],
    ['another format', { format: 'sd_jwt' }, 400, 'bad-body'],
    ['a term that no context defines', { format: 'ldp_vc' }, 400, 'credential-context'],
    ['a context that is not here', { '@context': ['https://example.com/v1'] }, 400, 'credential-context'],
    ['a context that is no address', { '@context': ['nuts'] }, 400, 'bad-body'],
    ['publication on another network', { publishToNetwork: true }, 400, 'bad-body'],
    ['visibility on another network', { visibility: 'public' }, 400, 'bad-body'],
    ['an unknown member', { id: 'x' }, 400, 'bad-body'],
    [
      'a subject that breaks the rules of its type',
      { credentialSubject: { id: 'did:web:x' } },
      400,
      'credential-rule-broken',
    ],
  ])('is refused for %s', async (_, changes, status, code) => {
    expect(problem(await running.inside('POST', issuing, membershipOf(running.dids, changes)))).toMatchObject({
      status,
      code,
    })
  })

  test('can be looked up by type, issuer and subject', async () => {
    const compact = await issueMembership()
    const search = async (more = '', type = 'LedenadministratieCredential') => {
      const issuer = encodeURIComponent(running.dids.stelsel)
      return (await running.inside('GET', `${issuing}/search?credentialType=${type}&issuer=${issuer}${more}`)).json
    }
    const found = { verifiableCredentials: expect.arrayContaining([{ verifiableCredential: compact }]) }
    expect(await search()).toEqual(found)
    expect(await search(`&subject=${encodeURIComponent(running.dids.noord)}`)).toEqual(found)
    expect(await search('&subject=x')).toEqual({ verifiableCredentials: [] })
    expect(await search('', 'AutorisatieCredential')).toEqual({ verifiableCredentials: [] })
    const object = await issueRegistration()
    const issuer = encodeURIComponent(running.dids.noord)
    const { json } = await running.inside(
      'GET',
      `${issuing}/search?credentialType=DiscoveryRegistrationCredential&issuer=${issuer}`,
    )
    expect(json).toEqual({ verifiableCredentials: expect.arrayContaining([{ verifiableCredential: object }]) })
  })

  test.each<[string, string, number]>([
    ['no issuer', 'credentialType=LedenadministratieCredential', 400],
    ['no type', 'issuer=did:web:x', 400],
    ['an issuer that is not here', 'credentialType=X&issuer=did:web:x.example', 404],
    ['an unknown condition', 'credentialType=X&issuer=did:web:x&expired=true', 400],
  ])('cannot be looked up with %s', async (_, query, status) => {
    expect(problem(await running.inside('GET', `${issuing}/search?${query}`))).toMatchObject({ status })
  })
})

describe('revoking', () => {
  const revoke = (id: string): Promise<Reply> => running.inside('DELETE', `${issuing}/${encodeURIComponent(id)}`)

  test('is done once, and then every verifier knows', async () => {
    const compact = await issueMembership({ withStatusList2021Revocation: true })
    const verify = async () => (await running.inside('POST', `${verifying}/vc`, { verifiableCredential: compact })).json
    expect(await verify()).toEqual({ validity: true })
    const revoked = await revoke(idOf(compact))
    expect([revoked.status, revoked.text]).toEqual([204, ''])
    expect(await verify()).toEqual({ validity: false, message: expect.stringMatching(/^A credential was revoked/) })
    expect(problem(await revoke(idOf(compact)))).toMatchObject({ status: 409, code: 'credential-revoked-already' })
  })

  test('is refused for a credential without a status', async () => {
    const compact = await issueMembership({ withStatusList2021Revocation: false })
    expect(problem(await revoke(idOf(compact)))).toMatchObject({ status: 400, code: 'credential-not-revocable' })
  })

  test.each([['x'], ['did:web:other.example#1'], ['%00']])('knows no credential %s', async (id) => {
    expect(problem(await revoke(id))).toMatchObject({ status: 404, code: 'credential-not-found' })
  })
})
