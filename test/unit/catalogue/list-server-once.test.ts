import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import {
  createDiscoveryWorld,
  idOf,
  maxValiditySeconds,
  registration,
  retraction,
} from '../../support/discovery-world.js'
import type { DiscoveryWorld } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'

let world: DiscoveryWorld
let member: Outsider
let other: Outsider

beforeEach(() => {
  world = createDiscoveryWorld()
  member = createOutsider(world.clock)
  other = createOutsider(world.clock)
})

/** `listed`, or the code of the refusal. */
async function outcomeOf(presentation: string): Promise<string> {
  try {
    await world.register(presentation)
    return 'listed'
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

describe('a registration that was listed before', () => {
  test('is refused while it is on the list', async () => {
    const presentation = registration(world, member)
    expect([await outcomeOf(presentation), await outcomeOf(presentation)]).toEqual([
      'listed',
      'discovery.registration_taken',
    ])
    expect((await world.page()).timestamp).toBe(1)
  })

  test('is listed once of many that arrive together', async () => {
    const presentation = registration(world, member)
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(presentation)))
    expect(outcomes.filter((outcome) => outcome === 'listed')).toHaveLength(1)
  })

  test('cannot push out its successor', async () => {
    const presentation = registration(world, member)
    const successor = registration(world, member)
    await world.register(presentation)
    await world.register(successor)
    expect(await outcomeOf(presentation)).toBe('discovery.registration_taken')
    expect(Object.values((await world.page()).entries)).toEqual([successor])
  })

  test('does not come back after it was withdrawn', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    await world.register(retraction(world, member, idOf(presentation)))
    expect(await outcomeOf(presentation)).toBe('discovery.registration_taken')
    world.clock.move(600)
    expect(await outcomeOf(presentation)).toBe('presentation.expired')
  })

  test('does not stand in the way of another signer with the same id', async () => {
    await world.register(registration(world, member, { claims: { jti: 'the same' } }))
    expect(await outcomeOf(registration(world, other, { claims: { jti: 'the same' } }))).toBe('listed')
  })
})

describe('a retraction', () => {
  test('takes the place of the registration, as a sign to others', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    const withdrawal = retraction(world, member, idOf(presentation))
    await world.register(withdrawal)
    expect(await world.page()).toMatchObject({ timestamp: 2, entries: { 2: withdrawal } })
    expect(Object.keys((await world.page()).entries)).toEqual(['2'])
  })

  test('is shown until its own end', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    await world.register(retraction(world, member, idOf(presentation)))
    world.clock.move(maxValiditySeconds - 2.001)
    expect(Object.keys((await world.page()).entries)).toEqual(['2'])
    world.clock.move(0.001)
    expect((await world.page()).entries).toEqual({})
  })

  test('of what is not there is refused', async () => {
    expect(await outcomeOf(retraction(world, member, 'the first'))).toBe('discovery.registration_unknown')
  })

  test('of what was replaced is refused', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    await world.register(registration(world, member))
    expect(await outcomeOf(retraction(world, member, idOf(presentation)))).toBe('discovery.registration_unknown')
  })

  test('of what has expired is refused', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    world.clock.move(601)
    expect(await outcomeOf(retraction(world, member, idOf(presentation)))).toBe('discovery.registration_unknown')
  })

  test('by another than the signer is refused, and the registration stays', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    await world.register(registration(world, other))
    expect(await outcomeOf(retraction(world, other, idOf(presentation)))).toBe('discovery.registration_unknown')
    expect((await world.page()).entries['1']).toBe(presentation)
  })

  test('does not stop the party from being listed again', async () => {
    const presentation = registration(world, member)
    await world.register(presentation)
    await world.register(retraction(world, member, idOf(presentation)))
    const again = registration(world, member)
    await world.register(again)
    expect(Object.values((await world.page()).entries)).toEqual([again])
  })
})
