import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import { randomHex } from '../kernel/random.js'
import { put, type Expected, type Operation, type Store } from '../stores/contracts.js'
import { createAskOnReceived } from './ask-on-received.js'
import {
  inbox,
  inboxHeads,
  inboxKey,
  inboxSenders,
  knownMessages,
  type InboxEntry,
  type InboxHead,
  type KnownMessage,
  type ReceivedMessage,
} from './inbox-records.js'

/**
 * What another part of the node does because of a message, in the batch that stores it: either both are there or neither.
 * Called again when the batch has to be made again, so it must not do anything itself.
 */
export interface OnReceived {
  /** For the log, and for a message that it cannot handle. */
  readonly name: string
  readonly operations: (message: ReceivedMessage) => readonly Operation[] | Promise<readonly Operation[]>
}

/** A message that was checked, and what goes with it. */
export interface Incoming {
  readonly message: ReceivedMessage
  /** Of the sender, for its keys. */
  readonly sender: string
  /** Of all that it says. */
  readonly digest: string
  /** The names under which it is known. */
  readonly names: readonly string[]
  /** Until when it must be known. */
  readonly knownUntil: Instant
  /** How many messages of the sender may wait. */
  readonly mostOpen: number
  /** The account of it. */
  readonly account: Operation
}

/** What became of a message. */
export interface Stowed {
  readonly outcome: 'stored' | 'repeated'
  readonly notificatieID: string
  readonly receivedAt: Instant
}

/** The one way into the inboxes of the parties. */
export interface InboxWriter {
  /**
   * Stores a message; durable when it returns. One that is known already is not stored again, and has the number it got.
   * @throws `notification.changed` when it is known with another content, `notification.queue_full`, `store.unavailable`
   */
  stow(incoming: Incoming): Promise<Stowed>
  /** Calls `wake` after messages of a party were committed by this process; returns what ends that. */
  onCommit(wake: (party: string) => void): () => void
}

const mostAtOnce = 100
const mostConflicts = 20
const unavailable = /^(store\.unavailable|store\.damaged|audit\.|internal\.stopping)/

interface Waiting extends Incoming {
  readonly resolve: (stowed: Stowed) => void
  readonly reject: (cause: unknown) => void
}

/** How many messages of a sender wait, and what the batch must find there. */
interface SenderCount {
  open: number
  readonly expected: Expected
}

interface Lane {
  waiting: Waiting[]
  running: boolean
}

/**
 * Writes what comes in together for one party as one batch: the numbers of an inbox follow each other, so one write is
 * done after the other, and its price is shared by all that waited for it.
 */
export function createInboxWriter(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly onReceived: readonly OnReceived[]
}): InboxWriter {
  const { store, onReceived } = deps
  const others = createAskOnReceived(deps)
  const lanes = new Map<string, Lane>()
  const listeners = new Set<(party: string) => void>()

  async function drain(party: string, lane: Lane): Promise<void> {
    try {
      while (lane.waiting.length > 0) {
        const { now, later } = split(lane.waiting)
        lane.waiting = later
        await writeTogether(party, now)
      }
    } finally {
      // At once: whoever comes between the last look and this would be forgotten.
      lane.running = false
    }
  }

  async function writeTogether(party: string, group: readonly Waiting[]): Promise<void> {
    try {
      if (await writeGroup(party, group)) return
    } catch (cause) {
      if (unavailable.test(NodeError.codeOf(cause))) {
        for (const { reject } of group) reject(cause)
        return
      }
      // Continues on purpose: which of them cannot be stored shows when each is written by itself.
    }
    for (const one of group) await writeAlone(party, one)
  }

  /** After several conflicts it is what goes with the message that is in the way, and not another writer. */
  async function writeAlone(party: string, one: Waiting): Promise<void> {
    let blamed: string | undefined
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (await writeGroup(party, [one], blamed)) return
        if (attempt === mostConflicts) throw new NodeError('store.conflict', { detail: 'others were always quicker' })
        if (attempt === mostConflicts / 2) blamed = 'store.conflict'
      } catch (cause) {
        const code = NodeError.codeOf(cause)
        if (blamed !== undefined || unavailable.test(code)) {
          one.reject(cause)
          return
        }
        blamed = code
      }
    }
  }

  /**
   * Returns false when nothing was written because of a conflict.
   * @param blamed the code of what went wrong with what the other parts of the node wanted: then they are not asked
   */
  async function writeGroup(party: string, group: readonly Waiting[], blamed?: string): Promise<boolean> {
    const head = await store.records.get(inboxHeads, [party])
    const senders = await readSenders(party, group)
    const operations: Operation[] = []
    const done: (() => void)[] = []
    let number = head?.value.number ?? 0
    for (const waiting of group) {
      const known = await findKnown(party, waiting)
      if (known !== undefined) {
        done.push(() => settleKnown(waiting, known))
        continue
      }
      const sender = senders.get(waiting.sender)
      if (sender !== undefined && sender.open >= waiting.mostOpen) {
        done.push(() => waiting.reject(new NodeError('notification.queue_full')))
        continue
      }
      if (sender !== undefined) sender.open += 1
      number += 1
      operations.push(...(await operationsFor(waiting, number, blamed)))
      const { notificatieID, receivedAt } = waiting.message
      done.push(() => waiting.resolve({ outcome: 'stored', notificatieID, receivedAt }))
    }
    if (operations.length > 0) {
      const next: InboxHead = { number, seed: head?.value.seed ?? randomHex(8) }
      const counts = [...senders].map(([name, { open, expected }]) =>
        put(inboxSenders, [party, name], { open }, { expected }),
      )
      try {
        await store.write([
          put(inboxHeads, [party], next, { expected: head?.version ?? 'absent' }),
          ...counts,
          ...operations,
        ])
      } catch (cause) {
        if (['store.conflict', 'store.claimed'].includes(NodeError.codeOf(cause))) return false
        throw cause
      }
    }
    for (const settle of done) settle()
    if (operations.length > 0) for (const wake of listeners) wake(party)
    return true
  }

  async function readSenders(party: string, group: readonly Waiting[]) {
    const names = [...new Set(group.map(({ sender }) => sender))]
    const senders = new Map<string, SenderCount>()
    await Promise.all(
      names.map(async (name) => {
        const stored = await store.records.get(inboxSenders, [party, name])
        senders.set(name, { open: stored?.value.open ?? 0, expected: stored?.version ?? 'absent' })
      }),
    )
    return senders
  }

  /** What is known under one of its names. */
  async function findKnown(party: string, { sender, names, digest }: Waiting): Promise<KnownMessage | undefined> {
    const found = await Promise.all(names.map((name) => store.records.get(knownMessages, [party, sender, name])))
    const known = found.flatMap((stored) => (stored === undefined ? [] : [stored.value]))
    return known.find((other) => other.digest !== digest) ?? known[0]
  }

  async function operationsFor(
    waiting: Waiting,
    number: number,
    blamed: string | undefined,
  ): Promise<readonly Operation[]> {
    const { message, sender, digest, names, knownUntil, account } = waiting
    const { party, notificatieID, receivedAt } = message
    const { operations, parked } =
      blamed === undefined || onReceived.length === 0
        ? await others.ask(message)
        : { operations: [], parked: others.park(message, onReceived.map(({ name }) => name).join(' '), blamed) }
    const entry: InboxEntry = { ...message, number, state: 'received', ...(parked === undefined ? {} : { parked }) }
    const known: KnownMessage = { notificatieID, digest, receivedAt }
    return [
      put(inbox, inboxKey(party, number), entry, { expected: 'absent' }),
      ...names.map((name) =>
        put(knownMessages, [party, sender, name], known, { expected: 'absent', expiresAt: knownUntil }),
      ),
      account,
      ...operations,
    ]
  }

  return {
    stow(incoming) {
      const { party } = incoming.message
      const lane = lanes.get(party) ?? { waiting: [], running: false }
      lanes.set(party, lane)
      return new Promise((resolve, reject) => {
        lane.waiting.push({ ...incoming, resolve, reject })
        if (lane.running) return
        lane.running = true
        void drain(party, lane)
      })
    },
    onCommit(wake) {
      listeners.add(wake)
      return () => void listeners.delete(wake)
    },
  }
}

function settleKnown({ digest, resolve, reject }: Waiting, known: KnownMessage): void {
  if (known.digest !== digest) reject(new NodeError('notification.changed'))
  else resolve({ outcome: 'repeated', notificatieID: known.notificatieID, receivedAt: known.receivedAt })
}

/** The first, at most a hundred, of which no two are known under one name. */
function split(waiting: readonly Waiting[]): { readonly now: readonly Waiting[]; readonly later: Waiting[] } {
  const taken = new Set<string>()
  const now: Waiting[] = []
  const later: Waiting[] = []
  for (const each of waiting) {
    const names = each.names.map((name) => `${each.sender} ${name}`)
    if (now.length < mostAtOnce && !names.some((name) => taken.has(name))) {
      now.push(each)
      for (const name of names) taken.add(name)
    } else later.push(each)
  }
  return { now, later }
}
