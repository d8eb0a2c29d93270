import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { createIntrospect } from '../../../node/tokens/introspect.js'
import { createRevoke, type Revoke } from '../../../node/tokens/revoke.js'
import { moment } from '../../support/node-parts.js'
import { createOutsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { askServiceProvider, jwtBearerRequest } from '../../support/service-provider.js'
import { createTokenWorld, scope, submission, tokenRequest, type TokenWorld } from '../../support/token-world.js'
import { createFaultyStore } from '../stores/faulty-store.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const clientId = 'https://lid.example.nl/oauth2/lid'

let world: TokenWorld
let revoke: Revoke
let token: string

beforeEach(async () => {
  world = await createTokenWorld({ keepPresentations: true })
  revoke = createRevoke({ ...world.node, tokenStore: world.tokenStore })
  token = (await world.grant(tokenRequest(world))).access_token
})

describe('a token that is revoked', () => {
  test('means nothing any more, and the journal names it by its hash alone', async () => {
    const id = (await world.tokenStore.find(token))?.id
    expect(await revoke({ token, party: 'ciz', clientId, trace })).toBe(true)
    expect(await world.tokenStore.find(token)).toBeUndefined()
    expect((await world.node.journal()).at(-1)).toEqual({
      code: 'token.revoked',
      action: 'delete',
      outcome: 'success',
      party: 'ciz',
      object: { scope, token: id },
      trace,
    })
    expect(JSON.stringify(await world.node.journal())).not.toContain(token)
  })

  test('is revoked once, also by two together, and accounted for once', async () => {
    const outcomes = await Promise.all([revoke({ token, trace }), revoke({ token, trace })])
    expect(outcomes.sort()).toEqual([false, true])
    expect((await world.node.journal()).filter(({ code }) => code === 'token.revoked')).toHaveLength(1)
  })

  test('is not said to be revoked when that could not be written', async () => {
    const clock = createFixedClock(moment)
    const { store, medium } = createFaultyStore(clock)
    world = await createTokenWorld({ store, clock })
    token = (await world.grant(tokenRequest(world))).access_token
    medium.fault = 'before'
    const failing = createRevoke({ ...world.node, tokenStore: world.tokenStore })
    expect((await rejectionOf(failing({ token, trace }))).code).toBe('store.unavailable')
  })

  test.each([
    ['unknown', { token: 'onbekend' }],
    ['empty', { token: '' }],
    ['of another party', { party: 'cak' }],
    ['asked under another client_id', { clientId: 'https://ander.example.nl/oauth2/lid' }],
  ])('cannot be one that is %s', async (_what, changes) => {
    expect(await revoke({ token, trace, ...changes })).toBe(false)
    expect(await world.tokenStore.find(token)).toBeDefined()
    expect((await world.node.journal()).at(-1)?.code).toBe('token.granted')
  })
})

describe('extended introspection', () => {
  const extended = { extended: true }
  const introspection = () => createIntrospect({ ...world, parties: world.node.parties })

  test('says beside the rest what was asked and what was shown', async () => {
    const request = tokenRequest(world)
    const { access_token } = await world.grant(request)
    const plain = await introspection()(access_token)
    expect(await introspection()(access_token, extended)).toEqual({
      ...plain,
      presentation_definitions: { organization: world.profiles.get(scope).definitions.organization.data },
      presentation_submissions: { 'indicatieregister-lid': submission },
      vps: [request.parameters['assertion']],
    })
  })

  test('says what both were asked and showed where a service provider asked', async () => {
    world = await createTokenWorld({
      keepPresentations: true,
      changePack: askServiceProvider,
      trustedTypes: ['NutsOrganizationCredential'],
    })
    const { parameters, ...rest } = jwtBearerRequest(world, createOutsider(world.clock))
    const { access_token } = await world.grant({ ...rest, parameters })
    expect(await introspection()(access_token, extended)).toMatchObject({
      presentation_definitions: {
        organization: { id: 'indicatieregister-lid' },
        service_provider: { id: 'indicatieregister-dienstverlener' },
      },
      // With two presentations nobody submits: each answers its own definition.
      presentation_submissions: {},
      vps: [parameters['assertion'], parameters['client_assertion']],
    })
  })

  test('says of a token that was revoked or is unknown that it is not active, and no more', async () => {
    await revoke({ token, trace })
    expect(await introspection()(token, extended)).toEqual({ active: false })
    expect(await introspection()('onbekend', extended)).toEqual({ active: false })
  })

  test('is refused where what was shown is not kept', async () => {
    world = await createTokenWorld()
    token = (await world.grant(tokenRequest(world))).access_token
    expect((await rejectionOf(introspection()(token, extended))).code).toBe('token.shown_not_kept')
  })
})
