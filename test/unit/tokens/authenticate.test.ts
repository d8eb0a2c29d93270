import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { randomToken } from '../../../node/kernel/random.js'
import { createAuthenticate, type PresentedToken } from '../../../node/tokens/authenticate.js'
import { createProver, type Prover } from '../../support/prover.js'
import { createTokenWorld, tokenRequest, type TokenWorld } from '../../support/token-world.js'

const url = 'https://node.example.nl/sources/ciz/indicatieregister/graphql'

let world: TokenWorld
let prover: Prover
let bearer: string
let bound: string

beforeEach(async () => {
  world = await createTokenWorld()
  prover = createProver(world.clock)
  bearer = (await world.grant(tokenRequest(world))).access_token
  const proof = prover.prove({ htm: 'POST', htu: `${world.audience}/token` })
  bound = (await world.grant(tokenRequest(world, { proof }))).access_token
})

const prove = (changes: object = {}, holder = prover): string =>
  holder.prove({ htm: 'POST', htu: url, token: bound, ...changes })

async function outcomeOf(presented: Partial<PresentedToken>): Promise<string> {
  const authenticate = createAuthenticate(world)
  try {
    const request = { party: 'ciz', authorization: undefined, proof: undefined, method: 'POST', url, ...presented }
    return (await authenticate(request)).record.requester === world.member.did ? 'found' : 'another'
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

const withBound = (proof: string | undefined, changes: Partial<PresentedToken> = {}): Promise<string> =>
  outcomeOf({ authorization: `DPoP ${bound}`, proof, ...changes })

describe('a token of the bearer', () => {
  test.each(['Bearer', 'bearer', 'BEARER'])('counts with the scheme %s', async (scheme) => {
    expect(await outcomeOf({ authorization: `${scheme} ${bearer}` })).toBe('found')
  })

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'DPoP'])(
    'is missing from %j',
    async (authorization) => {
      expect(await outcomeOf({ authorization })).toBe('token.missing')
    },
  )

  test('is refused with the DPoP scheme, with a proof or without', async () => {
    const authorization = `DPoP ${bearer}`
    expect(await outcomeOf({ authorization })).toBe('token.invalid')
    expect(await outcomeOf({ authorization, proof: prove({ token: bearer }) })).toBe('token.invalid')
  })

  test('is refused with a proof beside it, which would be looked away from', async () => {
    expect(await outcomeOf({ authorization: `Bearer ${bearer}`, proof: prove({ token: bearer }) })).toBe(
      'token.invalid',
    )
  })
})

describe('a token for one resource', () => {
  const get = async (audience: string, presented: Partial<PresentedToken> = {}): Promise<string> => {
    const { record } = (await world.tokenStore.find(bearer)) ?? {}
    if (record === undefined) throw new Error('the token is not there')
    const token = randomToken()
    await world.node.store.write(world.tokenStore.operations(token, { ...record, audience }))
    return outcomeOf({ authorization: `Bearer ${token}`, ...presented })
  }

  test('counts at that resource, by each of its names', async () => {
    expect(await get(url)).toBe('found')
    const other = 'https://tls.example.nl/graphql'
    expect(await get(other, { otherUrls: [other] })).toBe('found')
  })

  test('is refused at another one', async () => {
    expect(await get(`${url}/x`)).toBe('token.invalid')
    expect(await get(url, { url: `${url}/x`, otherUrls: ['https://tls.example.nl/graphql'] })).toBe('token.invalid')
  })
})

describe('a token that is bound to a key', () => {
  test.each(['DPoP', 'dpop'])('counts with the scheme %s and a fresh proof', async (scheme) => {
    expect(await outcomeOf({ authorization: `${scheme} ${bound}`, proof: prove() })).toBe('found')
  })

  test('is refused with the Bearer scheme, with a proof or without', async () => {
    expect(await outcomeOf({ authorization: `Bearer ${bound}` })).toBe('token.invalid')
    expect(await outcomeOf({ authorization: `Bearer ${bound}`, proof: prove() })).toBe('token.invalid')
  })

  test('is refused without a proof', async () => {
    expect(await withBound(undefined)).toBe('token.dpop_invalid')
  })

  test('is refused with a good proof of another key', async () => {
    expect(await withBound(prove({}, createProver(world.clock)))).toBe('token.invalid')
  })

  test.each([
    ['another method', { htm: 'GET' }],
    ['another URL', { htu: `${url}/x` }],
    ['another token', { token: 'ander' }],
    ['no token', { token: undefined }],
  ])('is refused with a proof for %s', async (_what, changes) => {
    expect(await withBound(prove(changes))).toBe('token.dpop_invalid')
  })

  test('is refused with a proof whose signature is bad, which spends nothing', async () => {
    const proof = prove()
    expect(await withBound(`${proof.slice(0, -8)}AAAAAAAA`)).toBe('token.dpop_invalid')
    expect(await withBound(proof)).toBe('found')
  })

  test('is refused with a proof that was used before, also by fifty together', async () => {
    const proof = prove()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => withBound(proof)))
    expect(outcomes.filter((outcome) => outcome === 'found')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'token.dpop_invalid')).toHaveLength(49)
  })

  test('is refused for another party', async () => {
    expect(await withBound(prove(), { party: 'cak' })).toBe('token.invalid')
  })

  test('is refused after it has expired, before anything is spent', async () => {
    world.clock.move(900)
    expect(await withBound(prove())).toBe('token.invalid')
  })
})
