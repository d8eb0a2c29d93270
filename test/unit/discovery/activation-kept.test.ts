import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createActivationWorld, type ActivationWorld } from '../../support/activation-world.js'
import { createDiscoveryWorld, registration, service } from '../../support/discovery-world.js'
import { createOutsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'

let world: ActivationWorld

beforeEach(async () => {
  world = await createActivationWorld()
})

afterEach(() => world.close())

const keep = (parameters: Readonly<Record<string, string>> = {}): Promise<void> =>
  world.client.activations.keep(service, 'lid', parameters)
const sync = (): Promise<void> => world.client.sync.run(service)
/** The list fails the next requests. */
const fail = (times: number): void => {
  world.script.push(...Array.from({ length: times }, () => () => ({ status: 503, text: '' })))
}

describe('a registration that fails', () => {
  test('waits for 30 s, then twice as long each time, and never for longer than 15 minutes', async () => {
    fail(10)
    await rejectionOf(world.activate())
    const waits: number[] = []
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      const { retryAt = 0, failures } = (await world.activation()) ?? {}
      expect(failures).toBe(attempt)
      waits.push((retryAt - world.clock.now()) / 1000)
      world.clock.move((retryAt - world.clock.now()) / 1000)
      await rejectionOf(world.renewDue())
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900])
  })

  test('is not tried before its time by who keeps it, and at once by who activates it', async () => {
    fail(2)
    await rejectionOf(keep())
    await keep()
    await world.renewDue()
    expect(world.posts()).toBe(1)
    await rejectionOf(world.activate())
    expect(world.posts()).toBe(2)
    world.clock.move(60)
    await keep()
    expect([world.posts(), await world.activation()]).toEqual([3, expect.not.objectContaining({ failures: 2 })])
  })

  test('is made at once when something else is to be said', async () => {
    fail(1)
    await rejectionOf(keep())
    await keep({ contact: 'https://lid.example.nl' })
    expect(await world.entries()).toEqual(['1'])
  })
})

describe('a registration that the list has lost', () => {
  test('is made anew when the list was read to its end without it', async () => {
    await world.activate()
    await sync()
    const { clock, list } = world
    world.list = createDiscoveryWorld({
      clock,
      stelselbeheerder: list.stelselbeheerder,
      others: (did) => world.resolve(did),
    })
    await sync()
    await world.renewDue()
    expect(world.posts()).toBe(1)
    clock.move(600)
    await world.renewDue()
    expect(world.posts()).toBe(1)
    await sync()
    await world.renewDue()
    expect([world.posts(), await world.entries()]).toEqual([2, ['1']])
    await sync()
    await world.renewDue()
    expect(world.posts()).toBe(2)
  })

  test('is not made anew while the list cannot be read, or holds it', async () => {
    await world.activate()
    await world.list.register(registration(world.list, createOutsider(world.clock)))
    await sync()
    world.clock.move(700)
    fail(1)
    await rejectionOf(sync())
    await world.renewDue()
    await sync()
    await world.renewDue()
    expect(world.posts()).toBe(1)
  })
})

describe('what a party says about itself', () => {
  test.each([{ contact: 'x 999990019' }, { fhirBaseURL: 'https://lid.example.nl/999990019/fhir' }])(
    'is not %j, which could name a person',
    async (parameters) => {
      const refusal = await rejectionOf(world.activate(parameters))
      expect([refusal.code, refusal.notes.join()]).toEqual(['request.bad_parameters', expect.not.stringContaining('9')])
      expect([world.posts(), await world.activation()]).toEqual([0, undefined])
    },
  )

  test('may be a KvK number or an OIN', async () => {
    await world.activate({ kvk: '62253778', oin: '00000001999990019000' })
    expect(world.posts()).toBe(1)
  })
})

test('all activations are there to be seen', async () => {
  await world.join('ander')
  await world.activate()
  await world.activate({}, 'ander')
  expect((await world.client.activations.list()).map(({ subject }) => subject)).toEqual(['lid', 'ander'])
})
