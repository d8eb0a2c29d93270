import { beforeEach, describe, expect, test } from '@jest/globals'
import { NodeError } from '../../../node/kernel/errors.js'
import { TokenGrant } from '../../../node/tokens/token-store.js'
import { createReadWorld, own, type ReadWorld } from '../../support/read-world.js'
import { rejectionOf } from '../../support/refusals.js'

let world: ReadWorld

beforeEach(async () => {
  world = await createReadWorld()
})

describe('when the journal does not take', () => {
  test('the decision, nothing is read', async () => {
    world.refusing.add('read.decided')
    expect((await rejectionOf(world.read())).code).toBe('audit.unavailable')
    expect(world.happened).toEqual([])
  })

  test('a refusal, the caller does not hear of the policy', async () => {
    world.refusing.add('read.decided')
    const refusal = await rejectionOf(world.read({ ...own, kantoor: '5998' }))
    expect([refusal.code, refusal.notes]).toEqual(['audit.unavailable', []])
  })

  test('the outcome, the answer is withheld', async () => {
    world.refusing.add('read.answered')
    expect((await rejectionOf(world.read())).code).toBe('audit.unavailable')
    expect(world.happened).toEqual(['read.decided', 'read'])
  })

  test('that the policy failed, that is what the caller hears', async () => {
    world.refusing.add('read.failed')
    const undecided = () => Promise.reject(new NodeError('policy.unavailable'))
    expect((await rejectionOf(world.read(own, { decide: undecided }))).code).toBe('audit.unavailable')
  })

  test('that the source failed, that is what the caller hears', async () => {
    world.refusing.add('read.failed')
    const failing = { ...world.source, read: () => Promise.reject(new NodeError('source.unavailable')) }
    expect((await rejectionOf(world.read(own, { source: failing }))).code).toBe('audit.unavailable')
  })
})

describe('a source that fails', () => {
  test.each([
    [new NodeError('source.unavailable'), 'source.unavailable'],
    [new NodeError('access.denied'), 'access.denied'],
    [new Error('something broke'), 'internal.fault'],
  ])('with %s is in the journal, after the decision', async (failure, code) => {
    const failing = { ...world.source, read: () => Promise.reject(failure) }
    await expect(world.read(own, { source: failing })).rejects.toBe(failure)
    expect(world.happened).toEqual(['read.decided', 'read.failed'])
    const [, failed] = await world.events()
    expect(failed).toMatchObject({ outcome: 'failed', error: code, rule: 'UCIR-0001.v1', decision: expect.any(Number) })
  })

  test('because the request was altered after its check is in the journal too', async () => {
    const request = { ...world.request(), fields: [] }
    expect((await rejectionOf(world.read(own, { request }))).code).toBe('access.denied')
    expect(world.happened).toEqual(['read.decided', 'read', 'read.failed'])
  })
})

describe('a grant', () => {
  test.each([
    ['an object like one', () => ({ record: world.grantOfZorgkantoor.record })],
    [
      'an object with its prototype',
      () => Object.assign(Object.create(TokenGrant.prototype) as object, { record: world.grantOfZorgkantoor.record }),
    ],
    ['a proxy', () => new Proxy(world.grantOfZorgkantoor, {})],
    ['nothing', () => undefined],
  ])('that is %s is refused, and nothing is decided or read', async (_what, make) => {
    // The cast is the lie that must be seen through.
    expect((await rejectionOf(world.read(own, { grant: make() as TokenGrant }))).code).toBe('token.invalid')
    expect(world.happened).toEqual([])
  })

  test('of another party is refused, and nothing is decided or read', async () => {
    expect((await rejectionOf(world.read(own, { party: 'cak' }))).code).toBe('token.invalid')
    expect(world.happened).toEqual([])
  })
})
