import { z } from 'zod'
import type { Parties } from '../../identity/parties.js'
import type { Instant } from '../../kernel/clock.js'
import { NodeError, type ErrorCode } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { CallPeer } from '../../tokens/call-peer.js'
import { parsePeerJson } from '../../tokens/peer.js'
import { scopesFor, type MessageParty } from '../../../schemas/wire/notification.js'
import type { FindMemberships } from '../memberships.js'
import { withoutNulls } from '../message-fields.js'
import type { FindAddress } from '../outbox/find-address.js'
import { selectionOf } from '../outbox/send-message.js'
import { sentScope } from '../outbox/sent-field.js'
import type { Arrival, KnownSender, Receive } from '../receive.js'

/** What is asked: of whom, for whom, and of which time. */
export interface SentQuestion {
  /** The local name of the party that asks. */
  readonly party: string
  readonly sender: MessageParty
  readonly from: Instant
  readonly until: Instant
  readonly trace: Trace
  readonly signal?: AbortSignal | undefined
}

/** What came of it so far. */
export interface SentCounts {
  /** Messages that the sender made for the party. */
  asked: number
  /** Those that had not arrived, and are in the inbox now. */
  missed: number
  /** Those that are not taken in, because they are wrong. */
  refused: number
}

/**
 * Asks a sender page by page what it made for a party, and takes in what did not arrive. Counts in `counts`, also when it does
 * not get to the end. A message that is wrong does not keep the others from being found; it is in the journal.
 * @throws `notification.queue_full` and all else that says nothing about the message; `notification.not_ready`,
 *   `notification.way_unsupported` for a sender of the present network, which cannot be asked; `internal.stopping`,
 *   `outbound.bad_answer`, what finding the sender and `CallPeer` throw
 */
export type AskSent = (question: SentQuestion, counts: SentCounts) => Promise<void>

export interface AskSentDeps {
  readonly parties: Pick<Parties, 'find'>
  readonly findMemberships: FindMemberships
  readonly address: Pick<FindAddress, 'find'>
  readonly callPeer: CallPeer
  readonly receive: Receive
}

const pageSize = 500
const maxPages = 10_000

/** What says that a message is wrong, whoever takes it and whenever. All else can be another answer later. */
const wrong: ReadonlySet<ErrorCode> = new Set([
  'notification.malformed',
  'notification.person_number',
  'notification.event_unknown',
  'notification.outdated',
  'notification.sender',
  'notification.sender_role',
  'notification.receiver',
  'notification.changed',
])

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

export function createAskSent(deps: AskSentDeps): AskSent {
  /** One page after the other. @throws `internal.stopping` when `signal` says so in between */
  async function* readPages({ party: subject, sender, from, until, trace, signal }: SentQuestion) {
    const party = await deps.parties.find(subject)
    const [membership, ...others] = await deps.findMemberships(subject)
    if (party === undefined || membership === undefined) throw new NodeError('notification.not_ready')
    const found = await deps.address.find({ receiver: sender, receiverRole: 'bronhouder', trace })
    const { endpoint, access, role, provenRoles } = found
    // The present network cannot be asked what was sent.
    if (access.by === 'certificate') throw new NodeError('notification.way_unsupported')
    let na: string | null = null
    for (let page = 0; page < maxPages; page += 1) {
      if (signal?.aborted === true) throw new NodeError('internal.stopping')
      const vanaf = new Date(from).toISOString()
      const answer = await deps.callPeer({
        party,
        authorizationServer: access.authorizationServer,
        scope: scopesFor(sentScope, role)[0] ?? '',
        url: endpoint,
        body: { query, variables: { vanaf, tot: new Date(until).toISOString(), eerste: pageSize, na } },
        accept: 'application/graphql-response+json',
        ...(others.length > 0 ? { selection: selectionOf(membership) } : {}),
        trace,
      })
      const parsed = pageSchema.safeParse(parsePeerJson(answer.body))
      if (answer.status !== 200 || !parsed.success)
        throw new NodeError('outbound.bad_answer', { detail: `a netwerkpunt: status ${String(answer.status)}` })
      const { berichten, volgende } = parsed.data.data.verzondenBerichten
      yield { berichten, provenRoles }
      if (volgende === null || volgende === undefined) return
      na = volgende
    }
    throw new NodeError('outbound.bad_answer', { detail: 'a netwerkpunt: its pages do not end' })
  }

  return async (question, counts) => {
    const { party, sender, trace } = question
    for await (const { berichten, provenRoles } of readPages(question)) {
      const from: KnownSender = { organization: sender, roles: provenRoles }
      for (const { soort, ...message } of berichten) {
        counts.asked += 1
        const kind = soort === 'MELDING' ? 'melding' : 'notificatie'
        const input = withoutNulls(message)
        const outcome = await takeIn({ party, kind, input, from, trace, encoding: 'graphql' }, deps.receive)
        if (outcome !== 'known') counts[outcome] += 1
      }
    }
  }
}

async function takeIn(arrival: Arrival, receive: Receive): Promise<'missed' | 'known' | 'refused'> {
  try {
    const { outcome } = await receive(arrival)
    return outcome === 'stored' ? 'missed' : 'known'
  } catch (cause) {
    if (!wrong.has(NodeError.codeOf(cause))) throw cause
    return 'refused'
  }
}
