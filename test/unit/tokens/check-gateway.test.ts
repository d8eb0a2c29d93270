import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { createProfiles } from '../../../node/policy/profiles.js'
import { createAuthenticate } from '../../../node/tokens/authenticate.js'
import { createCheckGateway, type GatewayRequest } from '../../../node/tokens/check-gateway.js'
import { createProver, type Prover } from '../../support/prover.js'
import { createTokenWorld, scope, tokenRequest, type TokenWorld } from '../../support/token-world.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const url = 'https://fhir.example.nl/Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|999990019'

let world: TokenWorld
let prover: Prover
let token: string

beforeEach(async () => {
  world = await createTokenWorld()
  prover = createProver(world.clock)
  const proof = prover.prove({ htm: 'POST', htu: `${world.audience}/token` })
  token = (await world.grant(tokenRequest(world, { proof }))).access_token
})

async function check(changes: Partial<GatewayRequest> = {}, profilesOf = world.profilesOf): Promise<string> {
  const checkGateway = createCheckGateway({
    profilesOf,
    audit: world.node.audit,
    authenticate: createAuthenticate(world),
  })
  const proof = prover.prove({ htm: 'GET', htu: url, token })
  const authorization = `DPoP ${token}`
  try {
    const request = { party: 'ciz', authorization, proof, method: 'GET', url, scopes: [scope], trace, ...changes }
    return (await checkGateway(request)).grant.record.requester
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

const last = async () => (await world.node.journal()).at(-1)

describe('a request at a gateway', () => {
  test('passes with token, proof, method and URL that belong together, and the journal does not hold the URL', async () => {
    expect(await check()).toBe(world.member.did)
    expect(await last()).toMatchObject({
      code: 'gateway.checked',
      outcome: 'success',
      party: 'ciz',
      actor: { did: world.member.did, organization: 'Zorgkantoor Noord' },
      object: { method: 'GET', scope, filters: { url: expect.stringMatching(/^[\w-]{22}$/) } },
    })
    expect(JSON.stringify(await world.node.journal())).not.toContain('999990019')
  })

  test.each<[string, Partial<GatewayRequest>, string]>([
    ['another method', { method: 'POST' }, 'token.dpop_invalid'],
    ['another URL', { url: 'https://fhir.example.nl/Task' }, 'token.dpop_invalid'],
    ['no proof', { proof: undefined }, 'token.dpop_invalid'],
    ['a token of nobody', { authorization: 'DPoP onbekend' }, 'token.invalid'],
    ['another party', { party: 'cak' }, 'token.invalid'],
    ['another scope', { scopes: [scope, 'schrijven'] }, 'token.insufficient_scope'],
  ])('is refused with %s, and accounted for', async (_what, changes, code) => {
    expect(await check(changes)).toBe(code)
    expect(await last()).toMatchObject({ code: 'gateway.checked', outcome: 'refused', error: code })
    expect(await last()).not.toHaveProperty('actor')
  })

  test('is refused when its scope was taken away, also where none is asked for', async () => {
    const none = () => createProfiles([])
    for (const scopes of [[scope], []]) {
      expect(await check({ scopes }, none)).toBe('token.insufficient_scope')
      expect(await last()).toMatchObject({ outcome: 'refused', error: 'token.insufficient_scope' })
    }
    expect(await check()).toBe(world.member.did)
  })

  test('without a token is refused, and nobody is accounted for', async () => {
    expect(await check({ authorization: undefined })).toBe('token.missing')
    expect((await last())?.code).toBe('token.granted')
  })

  test('is refused when it cannot be accounted for', async () => {
    const audit = { ...world.node.audit, record: () => Promise.reject(new NodeError('audit.unavailable')) }
    const checkGateway = createCheckGateway({ ...world, audit, authenticate: createAuthenticate(world) })
    const proof = prover.prove({ htm: 'GET', htu: url, token })
    const request = { party: 'ciz', authorization: `DPoP ${token}`, proof, method: 'GET', url, scopes: [], trace }
    await expect(checkGateway(request)).rejects.toMatchObject({ code: 'audit.unavailable' })
  })
})
