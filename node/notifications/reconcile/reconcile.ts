import type { Audit } from '../../audit/audit.js'
import type { Listing } from '../../discovery/listing.js'
import type { Clock, Instant } from '../../kernel/clock.js'
import { badParameters, NodeError, type ErrorCode } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { startTrace } from '../../kernel/trace.js'
import { put, type Collection, type Store } from '../../stores/contracts.js'
import { readAll } from '../../stores/read-all.js'
import { organizationIdTypes, type MessageParty } from '../../../schemas/wire/notification.js'
import { acceptedMilliseconds } from '../check-message.js'
import { inboxSenders } from '../inbox-records.js'
import { canonicalId, partyKey, provenOrganization, type FindMemberships } from '../memberships.js'
import { nextAttempt } from '../outbox/schedule.js'
import type { AskSent, SentCounts } from './ask-sent.js'

/** What came of asking one sender. */
export interface Compared extends Readonly<SentCounts> {
  readonly sender: string
  /** Why it could not be asked to the end. */
  readonly error?: ErrorCode
}

/** Asks senders what they sent, and takes in what did not arrive. */
export interface Reconcile {
  /**
   * Asks one sender, or all that are known: those that sent something before and those of the settings.
   * @throws `notification.not_ready` for a party without a membership, `request.bad_parameters` for a sender that is none
   *   and for a time that is still to come
   */
  run(given: {
    readonly party: string
    readonly sender?: string | undefined
    /** Since when; since the last time otherwise, or for as long as messages are taken. */
    readonly from?: Instant | undefined
    readonly by?: string | undefined
  }): Promise<readonly Compared[]>
  /**
   * Asks those that were not asked for a day; who could not be asked is asked again later and later, once a day in the end.
   * @throws what is a fault of this node, after all were asked
   */
  runDue(parties: readonly string[], signal: AbortSignal): Promise<void>
}

export interface ReconcileDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly audit: Pick<Audit, 'record'>
  readonly findMemberships: FindMemberships
  readonly listedAs: (organization: { readonly soleRole: string }) => Promise<readonly Listing[]>
  readonly askSent: AskSent
  /** Senders that a party asks even if nothing came from them, as the settings name them. */
  readonly sendersOf: (party: string) => readonly string[]
}

/** How it stands with asking a sender. */
interface LastCompared {
  /** Until when all that it made was asked for; absent when it never was to the end. */
  readonly until?: Instant
  /** When that was. */
  readonly at?: Instant
  /** How often it could not be asked since then, and when that is tried again. */
  readonly failures?: number
  readonly retryAt?: Instant
}

/** By party and sender. */
const compared: Collection<LastCompared> = { name: 'outbox-compared' }

const dayMilliseconds = 86_400_000
/** What was made at the moment of asking can have come a little later into what is asked. */
const overlapMilliseconds = 3_600_000

export function createReconcile(deps: ReconcileDeps): Reconcile {
  const { store, clock, log, audit, askSent } = deps

  async function askOne(
    party: string,
    name: string,
    given: {
      readonly from?: Instant | undefined
      readonly by?: string | undefined
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<Compared> {
    const now = clock.now()
    const key = [party, name]
    const last = (await store.records.get(compared, key))?.value ?? {}
    const begin = beginOf(last, now)
    const from = Math.max(given.from ?? begin, oldestOf(now))
    const counts: SentCounts = { asked: 0, missed: 0, refused: 0 }
    const trace = startTrace()
    let error: ErrorCode | undefined
    let fault: { readonly cause: unknown } | undefined
    try {
      const sender = parseSender(name)
      if (sender === undefined) throw new NodeError('internal.fault', { detail: 'a sender that is none' })
      // What was made in this very millisecond too.
      await askSent({ party, sender, from, until: now + 1, trace, signal: given.signal }, counts)
      // Who asked for the last part only leaves what lies before it to the next turn.
      if (from <= begin) await store.write([put(compared, key, { until: now, at: now })])
    } catch (cause) {
      // Told to who asked; the next turn begins where the last good one ended.
      error = NodeError.codeOf(cause)
      if (error === 'internal.fault') fault = { cause }
      const failures = (last.failures ?? 0) + 1
      // A node that stops says nothing about the sender.
      if (given.signal?.aborted !== true)
        await store.write([put(compared, key, { ...last, failures, retryAt: nextAttempt(now, failures, 0) })])
      log.warn('a sender could not be asked what it sent', { party, peer: name, code: error })
    }
    await audit.record({
      code: 'notification.compared',
      action: 'execute',
      outcome: error === undefined ? 'success' : 'failed',
      party,
      ...(given.by === undefined ? {} : { actor: { user: { id: given.by } } }),
      object: { operation: 'verzondenBerichten', peer: name, recordCount: counts.missed },
      ...(error === undefined ? {} : { error }),
      trace,
    })
    if (fault !== undefined) throw fault.cause
    return { sender: name, ...counts, ...(error === undefined ? {} : { error }) }
  }

  async function sendersOf(party: string): Promise<readonly string[]> {
    const before = await readAll(store.records, inboxSenders, [party])
    const named = await Promise.all(deps.sendersOf(party).map((name) => senderOf(name, deps)))
    return [...new Set([...before.map(({ key }) => key[1] ?? ''), ...named.filter((each) => each !== undefined)])]
  }

  return {
    async run({ party, sender, ...given }) {
      if ((await deps.findMemberships(party)).length === 0) throw new NodeError('notification.not_ready')
      const asked = sender === undefined ? undefined : await senderOf(sender, deps)
      if (sender !== undefined && asked === undefined)
        throw badParameters('sender: give ciz or cak, or a kind and a number such as UZOVI:5999')
      if (given.from !== undefined && given.from > clock.now()) throw badParameters('from: lies in the future')
      const results: Compared[] = []
      for (const name of asked === undefined ? await sendersOf(party) : [asked])
        results.push(await askOne(party, name, given))
      return results
    },
    async runDue(parties, signal) {
      const faults: unknown[] = []
      for (const party of parties) {
        if ((await deps.findMemberships(party)).length === 0) continue
        for (const name of await sendersOf(party)) {
          const last = await store.records.get(compared, [party, name])
          if (signal.aborted) return
          if (!isDue(last?.value, clock.now())) continue
          // One sender with which this node stumbles does not keep the others from being asked.
          await askOne(party, name, { signal }).catch((cause: unknown) => {
            if (NodeError.codeOf(cause) !== 'internal.fault') throw cause
            faults.push(cause)
          })
        }
      }
      if (faults.length > 0) throw faults[0]
    },
  }
}

/** As long ago as a message is taken. */
function oldestOf(now: Instant): Instant {
  return now - acceptedMilliseconds + overlapMilliseconds
}

/** From when on a sender has to be asked; also after the clock was set back. */
function beginOf({ until }: LastCompared, now: Instant): Instant {
  const oldest = oldestOf(now)
  return until === undefined ? oldest : Math.max(oldest, Math.min(until, now) - overlapMilliseconds)
}

function isDue({ at, failures = 0, retryAt = 0 }: LastCompared = {}, now: Instant): boolean {
  if (failures > 0) return now >= retryAt
  return at === undefined || now - at >= dayMilliseconds
}

/** A sender as it is kept: its kind of number and number. A role that one organisation has is looked up. */
async function senderOf(text: string, { listedAs }: Pick<ReconcileDeps, 'listedAs'>): Promise<string | undefined> {
  const known = parseSender(text)
  if (known !== undefined) return partyKey(known)
  if (text !== 'ciz' && text !== 'cak') return undefined
  const [listing] = await listedAs({ soleRole: text })
  const organization = listing && provenOrganization(listing.fields)
  return organization && partyKey(organization)
}

function parseSender(text: string): MessageParty | undefined {
  const [kind, id, ...others] = text.split(':')
  const idType = organizationIdTypes.find((known) => known === kind?.toUpperCase())
  if (idType === undefined || id === undefined || others.length > 0) return undefined
  const canonical = canonicalId(idType, id)
  return canonical === undefined ? undefined : { idType, id: canonical }
}
