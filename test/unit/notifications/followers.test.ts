import { describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { silentLog } from '../../../node/kernel/log.js'
import { runFollowers, type InboxFollower } from '../../../node/notifications/followers.js'
import { createInbox } from '../../../node/notifications/inbox.js'
import { createInboxWaits } from '../../../node/notifications/inbox-stream.js'
import { createInboxWriter } from '../../../node/notifications/inbox-writer.js'
import { createLeases } from '../../../node/stores/lease.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { clock, incoming } from './incoming.js'

function createWorld() {
  const store = createMemoryStore({ clock })
  const node = { name: 'test', version: '0' }
  const audit = createAudit({ store, clock, node, pseudonymKey: Buffer.alloc(32) })
  const writer = createInboxWriter({ store, clock, log: silentLog, onReceived: [] })
  const inbox = createInbox({ store, clock, audit, restoredAt: 0, keepDays: 90 })
  const leases = createLeases({ store, clock, log: silentLog })
  const deps = { store, clock, log: silentLog, leases, inbox, waits: createInboxWaits(writer) }

  const put = (name: string, party?: string) => {
    const given = incoming(name, {}, party)
    return writer.stow({ ...given, message: { ...given.message, notificatieID: name } })
  }

  /** Runs followers until what is said is so, as a process does that then stops. */
  async function run(followers: readonly InboxFollower[], isSo: () => boolean | Promise<boolean>): Promise<void> {
    const stop = new AbortController()
    const running = runFollowers(followers, ['noord', 'zuid'], stop.signal, deps)
    try {
      for (let turn = 0; !(await isSo()); turn += 1) {
        if (turn > 500) throw new Error('it never came to that')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    } finally {
      stop.abort()
      await running
    }
  }
  return { inbox, put, run }
}

/** Keeps what it gets. */
function follower(name: string, seen: string[], handle?: InboxFollower['handle']): InboxFollower {
  return {
    name,
    follows: () => true,
    handle: async (entry, signal) => {
      const outcome = await handle?.(entry, signal)
      if (outcome === undefined) seen.push(entry.notificatieID)
      return outcome
    },
  }
}

describe('a follower of an inbox', () => {
  test('gets every message in order, goes on where it was after a stop, and sees no message that was acknowledged', async () => {
    const { inbox, put, run } = createWorld()
    const seen: string[] = []
    for (const name of ['a', 'b']) await put(name)
    await run([follower('one', seen)], () => seen.length === 2)
    for (const name of ['c', 'd', 'e']) await put(name)
    await inbox.acknowledge('noord', { numbers: [4] }, { by: 'test' })
    await run([follower('one', seen)], () => seen.length === 4)
    expect(seen).toEqual(['a', 'b', 'c', 'e'])
  })

  test('hears at once of what comes while it waits', async () => {
    const { put, run } = createWorld()
    const seen: string[] = []
    await run([follower('one', seen)], async () => {
      if (seen.length === 0) await put('a')
      return seen.length === 1
    })
    expect(seen).toEqual(['a'])
  })

  test('has a message that it cannot handle parked after three attempts, and goes on with the next', async () => {
    const { inbox, put, run } = createWorld()
    const seen: string[] = []
    let attempts = 0
    for (const name of ['a', 'bad', 'c']) await put(name)
    const poisoned = follower('one', seen, ({ notificatieID }) => {
      if (notificatieID !== 'bad') return Promise.resolve(undefined)
      attempts += 1
      return Promise.reject(new Error('cannot'))
    })
    await run([poisoned], () => seen.length === 2)
    expect([seen, attempts]).toEqual([['a', 'c'], 3])
    const { entries } = await inbox.read({ party: 'noord', state: 'parked', after: 0, limit: 10 })
    expect(entries).toMatchObject([{ notificatieID: 'bad', parked: { by: 'one', code: 'internal.fault' } }])
  })

  test('has nothing parked that was acknowledged meanwhile', async () => {
    const { inbox, put, run } = createWorld()
    const seen: string[] = []
    for (const name of ['bad', 'b']) await put(name)
    const poisoned = follower('one', seen, async ({ number, notificatieID }) => {
      if (notificatieID !== 'bad') return undefined
      await inbox.acknowledge('noord', { numbers: [number] }, { by: 'test' })
      throw new Error('cannot')
    })
    await run([poisoned], () => seen.length === 1)
    expect((await inbox.read({ party: 'noord', state: 'parked', after: 0, limit: 10 })).entries).toEqual([])
  })

  test('keeps its place while it says "not now", and neither other followers nor other parties wait for it', async () => {
    const { put, run } = createWorld()
    const [slow, quick]: [string[], string[]] = [[], []]
    for (const name of ['a', 'b']) await put(name)
    await put('z', 'zuid')
    let isOpen = false
    const waiting = follower('slow', slow, ({ party }) =>
      Promise.resolve(isOpen || party === 'zuid' ? undefined : { again: 20 }),
    )
    await run([waiting, follower('quick', quick)], () => quick.length === 3 && slow.length === 1)
    expect(slow).toEqual(['z'])
    isOpen = true
    await run([waiting], () => slow.length === 3)
    expect(slow.slice(1)).toEqual(['a', 'b'])
  })
})
