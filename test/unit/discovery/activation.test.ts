import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createActivations } from '../../../node/discovery/activation.js'
import type { Party } from '../../../node/identity/parties.js'
import { epochSeconds } from '../../../node/kernel/clock.js'
import { service } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { createReplicaWorld } from '../../support/replica-world.js'
import type { ReplicaWorld } from '../../support/replica-world.js'

let world: ReplicaWorld
let party: Party

beforeEach(async () => {
  world = await createReplicaWorld()
  party = await join('lid')
})

afterEach(() => world.close())

/** Makes a party of the node, with a membership in its wallet. */
async function join(subject: string, claims: Record<string, unknown> = {}): Promise<Party> {
  const { parties, wallet } = world.client.node
  const joined = await parties.create({ subject })
  await wallet.add(joined, world.list.membership(joined.did, claims))
  return joined
}

const activate = (parameters: Readonly<Record<string, string>> = {}, subject = 'lid'): Promise<void> =>
  world.client.activations.activate(service, subject, parameters)
const find = (subject = 'lid') => world.client.activations.find(service, subject)
const posts = (): number => world.seen().filter((request) => request.startsWith('POST')).length
const entries = async () => Object.keys((await world.list.page()).entries)

async function found() {
  await world.client.sync.run(service)
  return (await world.client.search(service, {})).listings
}

describe('an activation', () => {
  test('lists the party with what it and the node say about it', async () => {
    await activate({ contact: 'https://lid.example.nl/contact' })
    expect(await found()).toMatchObject([
      {
        signer: party.did,
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
    await activate()
    const [presentation] = Object.values((await world.list.page()).entries)
    expect(await find()).toEqual({
      service,
      subject: 'lid',
      parameters: { indicatieregister: 'https://lid.example.nl/sources/lid' },
      presentation,
      presentationId: expect.stringContaining(party.did),
      registeredAt: world.clock.now(),
      expiresAt: world.clock.now() + 3_597_000,
    })
  })

  test('cannot say that the party is another or elsewhere', async () => {
    await activate({ id: 'did:web:ander', authServerURL: 'https://ander.example.nl' })
    expect(await found()).toMatchObject([
      { signer: party.did, parameters: { authServerURL: 'https://lid.example.nl/oauth2/lid' } },
    ])
  })

  test('is in the journal', async () => {
    await activate()
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
    await activate({ a: '1', b: '2' })
    await activate({ a: '1', b: '2' })
    await activate({ b: '2', a: '1' })
    expect([posts(), await entries()]).toEqual([1, ['1']])
  })

  test('with other parameters registers again', async () => {
    await activate({ a: '1' })
    await activate({ a: '2' })
    await activate({})
    expect([posts(), await entries()]).toEqual([3, ['3']])
    expect((await found())[0]?.parameters).not.toHaveProperty('a')
  })

  test('asked for twice together registers once', async () => {
    await Promise.all([activate(), activate()])
    expect(posts()).toBe(1)
  })

  test('ends before the credential that it rests on', async () => {
    await join('kort', { exp: epochSeconds(world.clock.now()) + 100 })
    await activate({}, 'kort')
    expect((await find('kort'))?.expiresAt).toBe(world.clock.now() + 99_000)
    expect(await entries()).toEqual(['1'])
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
    const refusal = await rejectionOf(activate({}, 'laat'))
    expect(refusal.code).toBe('token.no_matching_credential')
    expect(refusal.notes).toEqual([expect.stringMatching(/^membership: DiscoveryRegistrationCredential: /)])
    expect(await find('laat')).toMatchObject({ error: 'token.no_matching_credential' })
    expect(posts()).toBe(0)
    await wallet.add(late, world.list.membership(late.did))
    await world.client.activations.renewDue()
    expect(await find('laat')).not.toHaveProperty('error')
    expect(await entries()).toEqual(['1'])
  })

  test('at a list that this node hosts is made without a call out', async () => {
    const { client, list } = world
    const own = createActivations({
      ...client.node,
      outbound: { request: () => Promise.reject(new Error('called out')), close: () => {} },
      definitions: [list.definition],
      hosted: { services: [service], register: (...given) => list.listServer.register(...given) },
      ownParameters: () => ({}),
    })
    await own.activate(service, 'lid', {})
    expect(await entries()).toEqual(['1'])
    await own.deactivate(service, 'lid')
    expect(await entries()).toEqual(['2'])
  })
})

describe('a renewal', () => {
  // 45 % of the 3597 s between registering and expiring.
  const due = 1618.65

  test('comes when 45 % of the validity has passed', async () => {
    await activate()
    world.clock.move(due - 0.001)
    await world.client.activations.renewDue()
    expect(posts()).toBe(1)
    world.clock.move(0.001)
    await world.client.activations.renewDue()
    expect([posts(), await entries()]).toEqual([2, ['2']])
    expect(await find()).toMatchObject({ registeredAt: world.clock.now() })
    await world.client.activations.renewDue()
    expect(posts()).toBe(2)
  })

  test('comes also when somebody activates again', async () => {
    await activate()
    world.clock.move(due)
    await activate()
    expect(posts()).toBe(2)
  })

  test('keeps the parameters', async () => {
    await activate({ a: '1' })
    world.clock.move(due)
    await world.client.activations.renewDue()
    expect((await found())[0]?.parameters).toMatchObject({ a: '1' })
  })

  test('that fails keeps what is on the list, says why, and is tried again', async () => {
    await activate()
    const before = await find()
    world.clock.move(due)
    world.script.push(() => ({ status: 503, text: '' }))
    expect((await rejectionOf(world.client.activations.renewDue())).code).toBe('discovery.registration_invalid')
    expect(await find()).toEqual({ ...before, error: 'discovery.registration_invalid' })
    await world.client.activations.renewDue()
    expect(await find()).not.toHaveProperty('error')
    expect(await entries()).toEqual(['2'])
  })

  test('of one party does not hold up that of another', async () => {
    await activate()
    await join('ander')
    await activate({}, 'ander')
    await world.client.node.parties.create({ subject: 'zonder' })
    await rejectionOf(activate({}, 'zonder'))
    world.clock.move(due)
    expect((await rejectionOf(world.client.activations.renewDue())).code).toBe('token.no_matching_credential')
    expect(await entries()).toEqual(['3', '4'])
  })

  test('goes on after a restart', async () => {
    await activate()
    world.restart()
    world.clock.move(due)
    await world.client.activations.renewDue()
    expect(await entries()).toEqual(['2'])
  })
})

describe('the refusal of a list', () => {
  test('is passed on with its words, without runs of digits', async () => {
    world.script.push(() => ({ status: 400, json: { title: 'x', detail: 'number 123456782 is unknown' } }))
    const refusal = await rejectionOf(activate())
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
    const refusal = await rejectionOf(activate())
    expect(refusal.notes).toEqual([`the discovery server answered with status ${String(scripted.status)}`])
    expect(await find()).toMatchObject({ error: 'discovery.registration_invalid' })
  })

  test('that cannot be reached is a failure of the way', async () => {
    await world.server.close()
    expect((await rejectionOf(activate())).code).toBe('outbound.failed')
    expect(await find()).toMatchObject({ error: 'outbound.failed' })
  })
})

describe('ending an activation', () => {
  test('withdraws the listing everywhere, and does not renew it', async () => {
    await activate()
    expect(await found()).toHaveLength(1)
    await world.client.activations.deactivate(service, 'lid')
    expect(await find()).toBeUndefined()
    expect(await found()).toEqual([])
    world.clock.move(3000)
    await world.client.activations.renewDue()
    expect(await found()).toEqual([])
  })

  test('is in the journal', async () => {
    await activate()
    await world.client.activations.deactivate(service, 'lid')
    expect((await world.client.node.journal()).at(-1)).toMatchObject({ code: 'registration.sent', action: 'delete' })
  })

  test('is refused when there is none', async () => {
    const { activations } = world.client
    expect((await rejectionOf(activations.deactivate(service, 'lid'))).code).toBe('discovery.not_activated')
    expect((await rejectionOf(activations.deactivate('onbekend', 'lid'))).code).toBe('discovery.service_unknown')
  })

  test('sends nothing when nothing is on the list', async () => {
    world.script.push(() => ({ status: 503, text: '' }))
    await rejectionOf(activate())
    await world.client.activations.deactivate(service, 'lid')
    expect([await find(), posts()]).toEqual([undefined, 1])
    await activate()
    world.clock.move(3600)
    await world.client.activations.deactivate(service, 'lid')
    expect([await find(), posts()]).toEqual([undefined, 2])
  })

  test('when the list does not take it is tried again, and nothing is renewed meanwhile', async () => {
    await activate()
    world.script.push(() => ({ status: 503, text: '' }))
    const refusal = await rejectionOf(world.client.activations.deactivate(service, 'lid'))
    expect(refusal.code).toBe('discovery.registration_invalid')
    expect(await find()).toMatchObject({ withdrawing: true, error: 'discovery.registration_invalid' })
    expect(await found()).toHaveLength(1)
    world.restart()
    world.clock.move(2000)
    await world.client.activations.renewDue()
    expect([await find(), await found()]).toEqual([undefined, []])
  })

  test('that could not be sent is forgotten when the party is activated again', async () => {
    await activate()
    world.script.push(() => ({ status: 503, text: '' }))
    await rejectionOf(world.client.activations.deactivate(service, 'lid'))
    await activate()
    expect(await find()).not.toHaveProperty('withdrawing')
    await world.client.activations.renewDue()
    expect(await found()).toHaveLength(1)
  })

  test('while a renewal is under way is not undone by it', async () => {
    await activate()
    world.clock.move(2000)
    let arrived = (): void => {}
    const hasArrived = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    world.script.push(async () => {
      arrived()
      await held
      return undefined
    })
    const renewal = world.client.activations.renewDue()
    await hasArrived
    const end = world.client.activations.deactivate(service, 'lid')
    release()
    await Promise.all([renewal, end])
    expect([await find(), await found()]).toEqual([undefined, []])
  })

  test('leaves the activations of others alone', async () => {
    await join('ander')
    await activate()
    await activate({}, 'ander')
    await world.client.activations.deactivate(service, 'lid')
    expect((await found()).map(({ signer }) => signer)).toEqual([(await world.client.node.parties.get('ander')).did])
  })
})
