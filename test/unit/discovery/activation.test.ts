import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createActivations } from '../../../node/discovery/activation.js'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { createActivationWorld, type ActivationWorld } from '../../support/activation-world.js'
import { service } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'

let world: ActivationWorld

beforeEach(async () => {
  world = await createActivationWorld()
})

afterEach(() => world.close())

describe('an activation', () => {
  test('lists the party with what it and the node say about it', async () => {
    await world.activate({ contact: 'https://lid.example.nl/contact' })
    expect(await world.listings()).toMatchObject([
      {
        signer: world.party.did,
        parameters: {
          authServerURL: 'https://lid.example.nl/oauth2/lid',
          indicatieregister: 'https://lid.example.nl/sources/lid',
          contact: 'https://lid.example.nl/contact',
        },
        fields: { organization_name: 'Zorgkantoor Noord', auth_server_url: 'https://lid.example.nl/oauth2/lid' },
      },
    ])
  })

  test('is remembered with what is on the list', async () => {
    await world.activate()
    const [presentation] = Object.values((await world.list.page()).entries)
    expect(await world.activation()).toEqual({
      service,
      subject: 'lid',
      asked: {},
      parameters: { indicatieregister: 'https://lid.example.nl/sources/lid' },
      presentation,
      presentationId: expect.stringContaining(world.party.did),
      registeredAt: world.clock.now(),
      expiresAt: world.clock.now() + 3_597_000,
    })
  })

  test('cannot say that the party is another or elsewhere', async () => {
    await world.activate({ id: 'did:web:ander', authServerURL: 'https://ander.example.nl' })
    expect(await world.listings()).toMatchObject([
      { signer: world.party.did, parameters: { authServerURL: 'https://lid.example.nl/oauth2/lid' } },
    ])
  })

  test('is in the journal', async () => {
    await world.activate()
    expect((await world.client.node.journal()).at(-1)).toEqual({
      code: 'registration.sent',
      action: 'create',
      outcome: 'success',
      party: 'lid',
      object: { service },
      trace: expect.anything(),
    })
  })

  test('that is there already with the same parameters does not register again', async () => {
    await world.activate({ a: '1', b: '2' })
    await world.activate({ a: '1', b: '2' })
    await world.activate({ b: '2', a: '1' })
    expect([world.posts(), await world.entries()]).toEqual([1, ['1']])
  })

  test('with other parameters registers again', async () => {
    await world.activate({ a: '1' })
    await world.activate({ a: '2' })
    await world.activate({})
    expect([world.posts(), await world.entries()]).toEqual([3, ['3']])
    expect((await world.listings())[0]?.parameters).not.toHaveProperty('a')
  })

  test('asked for twice together registers once', async () => {
    await Promise.all([world.activate(), world.activate()])
    expect(world.posts()).toBe(1)
  })

  test('ends before the credential that it rests on', async () => {
    await world.join('kort', { exp: epochSeconds(world.clock.now()) + 100 })
    await world.activate({}, 'kort')
    expect((await world.activation('kort'))?.expiresAt).toBe(world.clock.now() + 99_000)
    expect(await world.entries()).toEqual(['1'])
  })

  test.each([
    ['onbekend', 'lid', 'discovery.service_unknown'],
    [service, 'onbekend', 'identity.party_unknown'],
  ])('of service %s for %s is refused', async (name, subject, expected) => {
    expect((await rejectionOf(world.client.activations.activate(name, subject, {}))).code).toBe(expected)
  })

  test('of a party without the credentials is refused with a note for each, and tried again later', async () => {
    const { parties, wallet } = world.client.node
    const late = await parties.create({ subject: 'laat' })
    const refusal = await rejectionOf(world.activate({}, 'laat'))
    expect(refusal.code).toBe('token.no_matching_credential')
    expect(refusal.notes).toEqual([expect.stringMatching(/^membership: DiscoveryRegistrationCredential: /)])
    expect(await world.activation('laat')).toMatchObject({ error: 'token.no_matching_credential' })
    expect(world.posts()).toBe(0)
    await wallet.add(late, world.list.membership(late.did))
    world.clock.move(30)
    await world.renewDue()
    expect(await world.activation('laat')).not.toHaveProperty('error')
    expect(await world.entries()).toEqual(['1'])
  })

  test('at a list that this node hosts is made without a call out', async () => {
    const { client, list } = world
    const own = createActivations({
      ...client.node,
      replica: client.replica,
      outbound: { request: () => Promise.reject(new Error('called out')) },
      definitions: [list.definition],
      hosted: { services: [service], register: (...given) => list.listServer.register(...given) },
      ownParameters: () => ({}),
    })
    await own.activate(service, 'lid', {})
    expect(await world.entries()).toEqual(['1'])
    await own.deactivate(service, 'lid')
    expect(await world.entries()).toEqual(['2'])
  })
})

describe('a renewal', () => {
  // 45 % of the 3597 s between registering and expiring.
  const due = 1618.65

  test('comes when 45 % of the validity has passed', async () => {
    await world.activate()
    world.clock.move(due - 0.001)
    await world.renewDue()
    expect(world.posts()).toBe(1)
    world.clock.move(0.001)
    await world.renewDue()
    expect([world.posts(), await world.entries()]).toEqual([2, ['2']])
    expect(await world.activation()).toMatchObject({ registeredAt: world.clock.now() })
    await world.renewDue()
    expect(world.posts()).toBe(2)
  })

  test('comes also when somebody activates again', async () => {
    await world.activate()
    world.clock.move(due)
    await world.activate()
    expect(world.posts()).toBe(2)
  })

  test('keeps the parameters', async () => {
    await world.activate({ a: '1' })
    world.clock.move(due)
    await world.renewDue()
    expect((await world.listings())[0]?.parameters).toMatchObject({ a: '1' })
  })

  test('that fails keeps what is on the list, says why, and is tried again', async () => {
    await world.activate()
    const before = await world.activation()
    world.clock.move(due)
    world.script.push(() => ({ status: 503, text: '' }))
    expect((await rejectionOf(world.renewDue())).code).toBe('discovery.registration_invalid')
    const failed = { error: 'discovery.registration_invalid', failures: 1, retryAt: world.clock.now() + 30_000 }
    expect(await world.activation()).toEqual({ ...before, ...failed })
    world.clock.move(29.999)
    await world.renewDue()
    expect(world.posts()).toBe(2)
    world.clock.move(0.001)
    await world.renewDue()
    expect(await world.activation()).not.toHaveProperty('error')
    expect(await world.entries()).toEqual(['2'])
  })

  test('of one party does not hold up that of another', async () => {
    await world.activate()
    await world.join('ander')
    await world.activate({}, 'ander')
    await world.client.node.parties.create({ subject: 'zonder' })
    await rejectionOf(world.activate({}, 'zonder'))
    world.clock.move(due)
    expect((await rejectionOf(world.renewDue())).code).toBe('token.no_matching_credential')
    expect(await world.entries()).toEqual(['3', '4'])
  })

  test('goes on after a restart', async () => {
    await world.activate()
    world.restart()
    world.clock.move(due)
    await world.renewDue()
    expect(await world.entries()).toEqual(['2'])
  })
})

describe('the refusal of a list', () => {
  test('is passed on with its words, without runs of digits', async () => {
    world.script.push(() => ({ status: 400, json: { title: 'x', detail: 'number 123456782 is unknown' } }))
    const refusal = await rejectionOf(world.activate())
    expect([refusal.code, refusal.notes]).toEqual([
      'discovery.registration_invalid',
      ['the discovery server answered with status 400', 'number ••• is unknown'],
    ])
  })

  test.each([
    { status: 500, text: '<html>' },
    { status: 200, text: '' },
    { status: 302, headers: { location: '/elsewhere' }, text: '' },
    { status: 400, json: { detail: 7 } },
    { status: 400, json: null },
  ])('in another form, %j, is told by its status', async (scripted) => {
    world.script.push(() => scripted)
    const refusal = await rejectionOf(world.activate())
    expect(refusal.notes).toEqual([`the discovery server answered with status ${String(scripted.status)}`])
    expect(await world.activation()).toMatchObject({ error: 'discovery.registration_invalid' })
  })

  test('that cannot be reached is a failure of the way', async () => {
    await world.server.close()
    expect((await rejectionOf(world.activate())).code).toBe('outbound.failed')
    expect(await world.activation()).toMatchObject({ error: 'outbound.failed' })
  })
})
