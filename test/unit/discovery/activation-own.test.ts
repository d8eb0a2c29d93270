import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { activations } from '../../../node/discovery/activation-record.js'
import { createActivations, type Activations } from '../../../node/discovery/activation.js'
import { put } from '../../../node/stores/contracts.js'
import { createActivationWorld, type ActivationWorld } from '../../support/activation-world.js'
import { service } from '../../support/discovery-world.js'

let world: ActivationWorld
let own: Readonly<Record<string, string>>
let listed: Activations

beforeEach(async () => {
  world = await createActivationWorld()
  own = { catalogDigest: 'een', indicatieregister: 'https://lid.example.nl/hier' }
  listed = createActivations({
    ...world.client.node,
    replica: world.client.replica,
    outbound: { request: () => Promise.reject(new Error('called out')) },
    definitions: [world.list.definition],
    hosted: { services: [service], register: (...given) => world.list.listServer.register(...given) },
    ownParameters: () => own,
  })
})

afterEach(() => world.close())

const parameters = async () => (await listed.find(service, 'lid'))?.parameters

describe('what the node says of itself in a listing', () => {
  test('is told at once when it has changed, beside what was asked for', async () => {
    await listed.activate(service, 'lid', { contact: 'a' })
    own = { ...own, catalogDigest: 'twee' }
    await listed.renewDue()
    expect(await parameters()).toEqual({ ...own, contact: 'a' })
    expect(await world.entries()).toEqual(['2'])
  })

  test('is told once', async () => {
    await listed.activate(service, 'lid', {})
    await listed.renewDue()
    expect(await world.entries()).toEqual(['1'])
    own = { ...own, catalogDigest: 'twee' }
    await listed.renewDue()
    await listed.renewDue()
    expect(await world.entries()).toEqual(['2'])
  })

  test('goes when it is no longer so', async () => {
    await listed.activate(service, 'lid', {})
    own = {}
    await listed.renewDue()
    expect(await parameters()).toEqual({})
  })

  test('replaces what a node of an earlier version said, and keeps the rest', async () => {
    await listed.activate(service, 'lid', { contact: 'a' })
    const found = await listed.find(service, 'lid')
    if (found === undefined) throw new Error('nothing is listed')
    const { asked: _, ...earlier } = found
    await world.client.node.store.write([put(activations, [service, 'lid'], earlier)])
    own = { catalogDigest: 'twee' }
    await listed.renewDue()
    expect(await parameters()).toEqual({
      indicatieregister: 'https://lid.example.nl/hier',
      contact: 'a',
      catalogDigest: 'twee',
    })
  })

  test('does not bring back a listing that is on its way out', async () => {
    await listed.activate(service, 'lid', {})
    const found = await listed.find(service, 'lid')
    if (found === undefined) throw new Error('nothing is listed')
    await world.client.node.store.write([put(activations, [service, 'lid'], { ...found, withdrawing: true })])
    own = { catalogDigest: 'twee' }
    await listed.renewDue()
    expect(await listed.find(service, 'lid')).toBeUndefined()
  })
})
