import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createActivationWorld, type ActivationWorld } from '../../support/activation-world.js'
import { service } from '../../support/discovery-world.js'
import { rejectionOf } from '../../support/refusals.js'

let world: ActivationWorld

beforeEach(async () => {
  world = await createActivationWorld()
})

afterEach(() => world.close())

describe('ending an activation', () => {
  test('withdraws the listing everywhere, and does not renew it', async () => {
    await world.activate()
    expect(await world.listings()).toHaveLength(1)
    await world.deactivate()
    expect(await world.activation()).toBeUndefined()
    expect(await world.listings()).toEqual([])
    world.clock.move(3000)
    await world.renewDue()
    expect(await world.listings()).toEqual([])
  })

  test('is in the journal', async () => {
    await world.activate()
    await world.deactivate()
    expect((await world.client.node.journal()).at(-1)).toMatchObject({ code: 'registration.sent', action: 'delete' })
  })

  test('is refused when there is none', async () => {
    const { activations } = world.client
    expect((await rejectionOf(activations.deactivate(service, 'lid'))).code).toBe('discovery.not_activated')
    expect((await rejectionOf(activations.deactivate('onbekend', 'lid'))).code).toBe('discovery.service_unknown')
  })

  test('sends nothing when nothing is on the list', async () => {
    world.script.push(() => ({ status: 503, text: '' }))
    await rejectionOf(world.activate())
    await world.deactivate()
    expect([await world.activation(), world.posts()]).toEqual([undefined, 1])
    await world.activate()
    world.clock.move(3600)
    await world.deactivate()
    expect([await world.activation(), world.posts()]).toEqual([undefined, 2])
  })

  test('when the list does not take it is tried again, and nothing is renewed meanwhile', async () => {
    await world.activate()
    world.script.push(() => ({ status: 503, text: '' }))
    const refusal = await rejectionOf(world.deactivate())
    expect(refusal.code).toBe('discovery.registration_invalid')
    expect(await world.activation()).toMatchObject({ withdrawing: true, error: 'discovery.registration_invalid' })
    expect(await world.listings()).toHaveLength(1)
    world.restart()
    world.clock.move(2000)
    await world.renewDue()
    expect([await world.activation(), await world.listings()]).toEqual([undefined, []])
  })

  test('that could not be sent is forgotten when the party is activated again', async () => {
    await world.activate()
    world.script.push(() => ({ status: 503, text: '' }))
    await rejectionOf(world.deactivate())
    await world.activate()
    expect(await world.activation()).not.toHaveProperty('withdrawing')
    await world.renewDue()
    expect(await world.listings()).toHaveLength(1)
  })

  test('while a renewal is under way is not undone by it', async () => {
    await world.activate()
    world.clock.move(2000)
    const { arrived, release } = world.holdNextRequest()
    const renewal = world.renewDue()
    await arrived
    const end = world.deactivate()
    release()
    await Promise.all([renewal, end])
    expect([await world.activation(), await world.listings()]).toEqual([undefined, []])
  })

  test('is finished after a stop half-way', async () => {
    await world.activate()
    const { arrived, release } = world.holdNextRequest()
    const end = world.deactivate()
    await arrived
    world.restart()
    // Until then the process that stopped might still be at it.
    world.clock.move(11)
    expect(await world.activation()).toMatchObject({ withdrawing: true })
    await world.renewDue()
    expect([await world.activation(), await world.listings()]).toEqual([undefined, []])
    release()
    await rejectionOf(end)
  })

  test('of which a stop came half-way is forgotten when the party is activated again', async () => {
    await world.activate()
    const { arrived, release } = world.holdNextRequest()
    const end = world.deactivate()
    await arrived
    world.restart()
    world.clock.move(11)
    await world.activate()
    expect(await world.activation()).not.toHaveProperty('withdrawing')
    expect([world.posts(), await world.entries()]).toEqual([3, ['2']])
    release()
    await rejectionOf(end)
  })

  test('leaves the activations of others alone', async () => {
    await world.join('ander')
    await world.activate()
    await world.activate({}, 'ander')
    await world.deactivate()
    expect((await world.listings()).map(({ signer }) => signer)).toEqual([
      (await world.client.node.parties.get('ander')).did,
    ])
  })
})
