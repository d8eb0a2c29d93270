import { afterEach, describe, expect, test } from '@jest/globals'
import { createOutboundWorld } from '../../support/outbound-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { autorisatieScope, createTokenWorld, outcomeOf, scope, tokenRequest } from '../../support/token-world.js'

const asking = (text: string) => ({ parameters: { scope: text } })
const network = createOutboundWorld()
afterEach(() => network.close())

describe('scopes beside that of a profile', () => {
  test('are refused unless its pack says otherwise', async () => {
    const world = await createTokenWorld()
    expect(await outcomeOf(world, tokenRequest(world, asking(`${scope} extra`)))).toBe('token.unknown_scope')
  })

  test('are granted where its pack passes them through, each once', async () => {
    const world = await createTokenWorld({ profile: { scopePolicy: 'passthrough' } })
    const answer = await world.grant(tokenRequest(world, asking(`extra ${scope} extra patient/*.read`)))
    expect(answer.scope).toBe(`${scope} extra patient/*.read`)
    expect((await world.tokenStore.find(answer.access_token))?.record.scope).toBe(answer.scope)
  })

  test.each([
    ['another scope of the party, which asks its own credentials', `${scope} ${autorisatieScope}`],
    ['the scope itself once more', `${scope} ${scope}`],
    ['characters that no scope has', `${scope} ex"tra`],
    ['more than twenty', `${scope} ${Array.from({ length: 20 }, (_, index) => `s${String(index)}`).join(' ')}`],
    ['no scope of the party', 'extra'],
  ])('are refused with %s, also where they are passed through', async (_what, text) => {
    const world = await createTokenWorld({ profile: { scopePolicy: 'passthrough' } })
    expect(await outcomeOf(world, tokenRequest(world, asking(text)))).toBe('token.unknown_scope')
  })
})

describe('a decision point', () => {
  async function createDecidedWorld(answer: unknown, status = 200) {
    const server = await network.serve((request, response) => {
      request.resume()
      request.on('end', () =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      )
    })
    const world = await createTokenWorld({
      profile: { scopePolicy: 'dynamic' },
      outbound: network.createOutbound(),
      decisionPoint: `http://localhost:${String(server.port)}/pdp/`,
    })
    return { world, server }
  }

  test('is asked about every scope, with what was proven, and decides which are granted', async () => {
    const evaluations = [{ decision: true }, { decision: false }, { decision: true }]
    const { world, server } = await createDecidedWorld({ evaluations })
    expect((await world.grant(tokenRequest(world, asking(`${scope} a b`)))).scope).toBe(`${scope} b`)
    const [{ method, path, body } = { method: '', path: '', body: '{}' }] = server.requests
    expect([method, path]).toEqual(['POST', '/pdp/access/v1/evaluations'])
    expect(JSON.parse(body)).toEqual({
      subject: {
        type: 'organization',
        id: world.member.did,
        properties: { organization: expect.objectContaining({ organization_id: '5999' }) },
      },
      action: { name: 'request_scope' },
      context: { policy: scope },
      evaluations: [scope, 'a', 'b'].map((id) => ({ resource: { type: 'scope', id } })),
    })
  })

  test('that denies the scope of the profile denies all, and the nonce is not spent', async () => {
    const { world } = await createDecidedWorld({ evaluations: [{ decision: false }, { decision: true }] })
    const request = tokenRequest(world, asking(`${scope} a`))
    expect([await outcomeOf(world, request), await outcomeOf(world, request)]).toEqual([
      'token.scope_denied',
      'token.scope_denied',
    ])
  })

  test.each<[string, unknown, number]>([
    ['decides too little', { evaluations: [{ decision: true }] }, 200],
    ['says something else', { decision: true }, 200],
    ['says neither yes nor no', { evaluations: [{ decision: 'true' }, { decision: true }] }, 200],
    ['fails', {}, 500],
  ])('that %s decides nothing, so nothing is granted', async (_what, answer, status) => {
    const { world } = await createDecidedWorld(answer, status)
    expect(await outcomeOf(world, tokenRequest(world, asking(`${scope} a`)))).toBe('policy.unavailable')
  })

  test('that nobody named decides nothing', async () => {
    const world = await createTokenWorld({ profile: { scopePolicy: 'dynamic' } })
    expect(await outcomeOf(world, tokenRequest(world))).toBe('policy.unavailable')
  })

  test('that cannot be reached decides nothing', async () => {
    const world = await createTokenWorld({
      profile: { scopePolicy: 'dynamic' },
      decisionPoint: 'https://pdp.example.nl',
    })
    const refusal = await rejectionOf(world.grant(tokenRequest(world)))
    expect(refusal.code).toBe('policy.unavailable')
  })
})
