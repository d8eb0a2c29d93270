import { beforeEach, describe, expect, test } from '@jest/globals'
import type { ListLook, StatusEvidence } from '../../../../node/credentials/status/check-status.js'
import { createStatusWatch, type StatusWatch } from '../../../../node/credentials/status/watch-lists.js'
import { createFixedClock, type MovableClock } from '../../../../node/kernel/clock.js'
import { NodeError, type ErrorCode } from '../../../../node/kernel/errors.js'
import { testStart } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const patience = 60_000

/** What each list says: the places of which something is wrong, or the code of why nobody can say. */
let lists: Map<string, ReadonlyMap<string, ErrorCode> | ErrorCode>
let asked: string[]
let clock: MovableClock
let watch: StatusWatch

beforeEach(() => {
  lists = new Map()
  asked = []
  clock = createFixedClock(testStart)
  watch = createStatusWatch({
    clock,
    verifier: { lookAtList: async ({ entry }) => lookAt(entry.statusListCredential) },
  })
})

function lookAt(url: string): ListLook {
  asked.push(url)
  const list = lists.get(url) ?? 'credential.status_unavailable'
  if (typeof list === 'string') throw new NodeError(list)
  return { edition: JSON.stringify([...list]), faultAt: ({ statusListIndex }) => list.get(statusListIndex) }
}

/** The list of that name, in which the given places are as said. */
const serve = (name: string, faults: Readonly<Record<string, ErrorCode>> = {}): void =>
  void lists.set(`https://node.example/${name}`, new Map(Object.entries(faults)))

/** A credential with the given places, each as `list/index`. */
const listed = (...places: readonly string[]): StatusEvidence => ({
  type: 'LedenadministratieCredential',
  issuer: 'did:web:node.example',
  statusEntries: places.map((place) => {
    const [name, statusListIndex] = place.split('/')
    return {
      type: 'StatusList2021Entry',
      statusPurpose: 'revocation',
      statusListIndex,
      statusListCredential: `https://node.example/${String(name)}`,
    }
  }),
})

describe('an eye on status lists', () => {
  test('tells who is revoked at each look until it is forgotten, and asks each list once', async () => {
    serve('a', { 1: 'credential.revoked' })
    for (const [member, place] of [
      ['good', 'a/0'],
      ['bad', 'a/1'],
    ] as const)
      watch.watch(member, [listed(place)], testStart)
    const bad = { member: 'bad', code: 'credential.revoked' }
    expect([await watch.look(patience), await watch.look(patience)]).toEqual([[bad], [bad]])
    expect(asked).toEqual(['https://node.example/a', 'https://node.example/a'])
    watch.forget('bad')
    expect([await watch.look(patience), watch.lists]).toEqual([[], 1])
  })

  test('sees who comes while the list stays the same, and whom a new list revokes', async () => {
    serve('a', { 1: 'credential.revoked' })
    watch.watch('first', [listed('a/0')], testStart)
    expect(await watch.look(patience)).toEqual([])
    watch.watch('late', [listed('a/1')], testStart)
    expect(await watch.look(patience)).toEqual([{ member: 'late', code: 'credential.revoked' }])
    serve('a', { 0: 'credential.revoked' })
    expect(await watch.look(patience)).toEqual([{ member: 'first', code: 'credential.revoked' }])
  })

  test.each([
    ['of one list', 'a/1', 'a/2'],
    ['of two lists', 'a/1', 'b/2'],
    ['of two lists, the other way', 'b/2', 'a/1'],
  ])('tells of somebody with two credentials %s the worst: revoked before suspended', async (_, one, other) => {
    const faults = { 1: 'credential.suspended', 2: 'credential.revoked' } as const
    serve('a', faults)
    serve('b', faults)
    watch.watch('member', [listed(one), listed(other)], testStart)
    watch.watch('suspended', [listed('a/1'), listed('b/1')], testStart)
    const found = await watch.look(patience)
    expect(found).toHaveLength(2)
    expect(found).toContainEqual({ member: 'member', code: 'credential.revoked' })
    expect(found).toContainEqual({ member: 'suspended', code: 'credential.suspended' })
  })

  test('waits as long as it is told for a list that does not answer, and looks at the others meanwhile', async () => {
    serve('b', { 1: 'credential.revoked' })
    watch.watch('unknown', [listed('a/1')], testStart)
    watch.watch('bad', [listed('b/1')], testStart)
    const bad = { member: 'bad', code: 'credential.revoked' }
    clock.move(patience / 1000)
    expect(await watch.look(patience)).toEqual([bad])
    clock.move(1)
    const found = await watch.look(patience)
    expect(found).toHaveLength(2)
    expect(found).toContainEqual(bad)
    expect(found).toContainEqual({ member: 'unknown', code: 'credential.status_unavailable' })
  })

  test('says nothing of anybody when its own store is away', async () => {
    lists.set('https://node.example/a', 'store.unavailable')
    watch.watch('member', [listed('a/1')], testStart)
    expect((await rejectionOf(watch.look(patience))).code).toBe('store.unavailable')
    serve('a')
    expect(await watch.look(patience)).toEqual([])
  })
})
