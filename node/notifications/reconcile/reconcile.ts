import { z } from 'zod'
import type { Audit } from '../../audit/audit.js'
import type { Listing } from '../../discovery/listing.js'
import type { Parties } from '../../identity/parties.js'
import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { startTrace, type Trace } from '../../kernel/trace.js'
import { put, type Collection, type Store } from '../../stores/contracts.js'
import { readAll } from '../../stores/read-all.js'
import type { CallPeer } from '../../tokens/call-peer.js'
import { parsePeerJson } from '../../tokens/peer.js'
import {
  organizationIdTypes,
  scopesFor,
  type MessageKind,
  type MessageParty,
} from '../../../schemas/wire/notification.js'
import { acceptedMilliseconds } from '../check-message.js'
import { inboxSenders } from '../inbox-records.js'
import { canonicalId, partyKey, provenOrganization, type FindMemberships } from '../memberships.js'
import type { KnownSender, Receive } from '../receive.js'
import type { FindAddress } from './find-address.js'
import { selectionOf } from './send-message.js'
import { sentScope } from './sent-field.js'

/** What came of asking one sender. */
export interface Compared {
  readonly sender: string
  /** How many messages it has made for this party since. */
  readonly asked: number
  /** How many of those had not arrived, and are in the inbox now. */
  readonly missed: number
  /** How many are not taken in, because they are wrong. */
  readonly refused: number
  /** Why it could not be asked to the end. */
  readonly error?: string
}

/** Asks senders what they sent, and takes in what did not arrive. */
export interface Reconcile {
  /**
   * Asks one sender, or all that are known: those that sent something before and those of the settings.
   * @throws `notification.not_ready` for a party without a membership, `request.bad_parameters` for a sender that is none
   */
  run(given: {
    readonly party: string
    readonly sender?: string | undefined
    /** Since when; since the last time otherwise, or for as long as messages are taken. */
    readonly from?: Instant | undefined
    readonly by?: string | undefined
  }): Promise<readonly Compared[]>
  /** Asks those that were not asked for a day. */
  runDue(party: string, signal: AbortSignal): Promise<void>
}

export interface ReconcileDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly audit: Pick<Audit, 'record'>
  readonly parties: Pick<Parties, 'find'>
  readonly findMemberships: FindMemberships
  readonly address: Pick<FindAddress, 'find' | 'forget'>
  readonly listedAs: (organization: { readonly soleRole: string }) => Promise<readonly Listing[]>
  readonly callPeer: CallPeer
  readonly receive: Receive
  /** Senders that a party asks even if nothing came from them, as the settings name them. */
  readonly sendersOf: (party: string) => readonly string[]
}

/** Until when a sender was asked; by party and sender. */
const compared: Collection<{ readonly until: Instant; readonly at: Instant }> = { name: 'outbox-compared' }

const dayMilliseconds = 86_400_000
/** What was made at the moment of asking can have come a little later into what is asked. */
const overlapMilliseconds = 3_600_000
const pageSize = 500
const maxPages = 10_000

const query = `query ($vanaf: DateTime!, $tot: DateTime!, $na: String, $eerste: Int) {
  verzondenBerichten(vanaf: $vanaf, tot: $tot, na: $na, eerste: $eerste) {
    berichten {
      soort timestamp afzenderIDType afzenderID ontvangerIDType ontvangerID ontvangerKenmerk eventType
      subjectList { subject recordID }
    }
    volgende
  }
}`

const pageSchema = z.looseObject({
  data: z.looseObject({
    verzondenBerichten: z.looseObject({
      berichten: z.array(z.looseObject({ soort: z.enum(['NOTIFICATIE', 'MELDING']) })).max(pageSize),
      volgende: z.string().max(4096).nullish(),
    }),
  }),
  errors: z.undefined().optional(),
})

export function createReconcile(deps: ReconcileDeps): Reconcile {
  const { store, clock } = deps

  async function askOne(
    party: string,
    name: string,
    given: { readonly from?: Instant | undefined; readonly by?: string | undefined },
  ) {
    const now = clock.now()
    const key = [party, name]
    const last = await store.records.get(compared, key)
    const oldest = now - acceptedMilliseconds + overlapMilliseconds
    const from = Math.max(oldest, given.from ?? (last === undefined ? 0 : last.value.until - overlapMilliseconds))
    const counts = { asked: 0, missed: 0, refused: 0 }
    const trace = startTrace()
    let error: string | undefined
    try {
      // What was made in this very millisecond too.
      await askAll(party, name, { from, until: now + 1, trace }, counts, deps)
      await store.write([put(compared, key, { until: now, at: now })])
    } catch (cause) {
      // Told to who asked; the next turn begins where the last good one ended.
      error = NodeError.codeOf(cause)
      if (error === 'internal.fault') throw cause
      deps.log.warn('a sender could not be asked what it sent', { party, peer: name, code: error })
    }
    await deps.audit.record({
      code: 'notification.compared',
      action: 'execute',
      outcome: error === undefined ? 'success' : 'failed',
      party,
      ...(given.by === undefined ? {} : { actor: { user: { id: given.by } } }),
      object: { operation: 'verzondenBerichten', peer: name, recordCount: counts.missed },
      ...(error === undefined ? {} : { error }),
      trace,
    })
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
        throw new NodeError('request.bad_parameters', {
          notes: ['sender: give ciz or cak, or a kind and a number such as UZOVI:5999'],
        })
      const results: Compared[] = []
      for (const name of asked === undefined ? await sendersOf(party) : [asked])
        results.push(await askOne(party, name, given))
      return results
    },
    async runDue(party, signal) {
      if ((await deps.findMemberships(party)).length === 0) return
      for (const name of await sendersOf(party)) {
        const last = await store.records.get(compared, [party, name])
        if (signal.aborted) return
        if (last === undefined || clock.now() - last.value.at >= dayMilliseconds) await askOne(party, name, {})
      }
    },
  }
}

/** Page by page, everything that was made in the period. */
async function askAll(
  subject: string,
  name: string,
  { from, until, trace }: { readonly from: Instant; readonly until: Instant; readonly trace: Trace },
  counts: { asked: number; missed: number; refused: number },
  deps: ReconcileDeps,
): Promise<void> {
  const party = await deps.parties.find(subject)
  const [membership, ...others] = await deps.findMemberships(subject)
  if (party === undefined || membership === undefined) throw new NodeError('notification.not_ready')
  const sender = parseSender(name)
  if (sender === undefined) throw new NodeError('internal.fault', { detail: 'a sender that is none' })
  const { endpoint, access, role, provenRoles } = await deps.address.find({
    receiver: sender,
    receiverRole: 'bronhouder',
    trace,
  })
  // The present network cannot be asked what was sent.
  if (access.by === 'certificate') throw new NodeError('notification.way_unsupported')
  let after: string | null | undefined
  for (let page = 0; page < maxPages; page += 1) {
    const variables = {
      vanaf: new Date(from).toISOString(),
      tot: new Date(until).toISOString(),
      eerste: pageSize,
      na: after ?? null,
    }
    const answer = await deps.callPeer({
      party,
      authorizationServer: access.authorizationServer,
      scope: scopesFor(sentScope, role)[0] ?? '',
      url: endpoint,
      body: { query, variables },
      accept: 'application/graphql-response+json',
      ...(others.length > 0 ? { selection: selectionOf(membership) } : {}),
      trace,
    })
    const parsed = pageSchema.safeParse(parsePeerJson(answer.body))
    if (answer.status !== 200 || !parsed.success)
      throw new NodeError('outbound.bad_answer', { detail: `a netwerkpunt: status ${String(answer.status)}` })
    const { berichten, volgende } = parsed.data.data.verzondenBerichten
    for (const { soort, ...input } of berichten) {
      counts.asked += 1
      await takeIn(
        {
          party: subject,
          kind: soort === 'MELDING' ? 'melding' : 'notificatie',
          input,
          from: { organization: sender, roles: provenRoles },
          trace,
        },
        counts,
        deps,
      )
    }
    if (volgende === null || volgende === undefined) return
    after = volgende
  }
}

async function takeIn(
  {
    input,
    ...arrival
  }: {
    readonly party: string
    readonly kind: MessageKind
    readonly input: Readonly<Record<string, unknown>>
    readonly from: KnownSender
    readonly trace: Trace
  },
  counts: { missed: number; refused: number },
  { receive }: Pick<ReconcileDeps, 'receive'>,
): Promise<void> {
  const withoutNulls = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
  try {
    const { outcome } = await receive({
      ...arrival,
      input: withoutNulls,
      encoding: 'graphql',
    })
    if (outcome === 'stored') counts.missed += 1
  } catch (cause) {
    // One that is wrong does not keep the others from being found; it is in the journal.
    if (!NodeError.codeOf(cause).startsWith('notification.')) throw cause
    counts.refused += 1
  }
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
