import { z } from 'zod'
import type { Party } from '../identity/party.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { redactNumbers } from '../kernel/identifiers.js'
import type { Trace } from '../kernel/trace.js'
import type { CallPeer } from '../tokens/call-peer.js'
import { parsePeerJson } from '../tokens/peer.js'
import type { Place } from './locate.js'

/** A question to one source, with its values. */
export interface PlaceQuestion {
  readonly party: Party
  /** The role in which the party asks, where it has several. */
  readonly role: string | undefined
  readonly place: Place
  readonly scope: string
  readonly query: string
  readonly variables: Readonly<Record<string, string>>
  readonly trace: Trace
}

/** What became of it. */
export type PlaceOutcome =
  | {
      readonly kind: 'answered'
      readonly records: readonly unknown[]
      /** As the source says; `undefined` for one that does not. */
      readonly rule: string | undefined
      /** When the source read it, RFC 3339. */
      readonly at: string
    }
  | { readonly kind: 'refused' | 'unreachable'; readonly reasons: readonly string[] }

export interface AskPlaceDeps {
  readonly clock: Clock
  readonly callPeer: CallPeer
  /** For one source, its token included. 2500 unless given. */
  readonly timeoutMilliseconds?: number
}

const answerSchema = z.looseObject({
  data: z.record(z.string(), z.array(z.unknown())),
  errors: z.undefined().optional(),
  extensions: z
    .looseObject({
      rule: z.string().max(200).optional(),
      provenance: z.array(z.looseObject({ time: z.iso.datetime() })).optional(),
    })
    .optional(),
})

const errorsSchema = z.looseObject({
  errors: z
    .array(
      z.looseObject({
        message: z.string().optional(),
        extensions: z.looseObject({ reasons: z.array(z.string()).optional() }).optional(),
      }),
    )
    .min(1),
})

const maxReasons = 10
const maxReasonLength = 300

/**
 * Puts one question to one source and says what became of it; throws only what is a fault of this node itself. What the
 * other says in words is passed on without anything that looks like a number.
 * @throws `audit.unavailable`, `internal.*`, `store.*`
 */
export function createAskPlace(deps: AskPlaceDeps) {
  const { clock, callPeer, timeoutMilliseconds = 2500 } = deps

  return async function askPlace(question: PlaceQuestion): Promise<PlaceOutcome> {
    try {
      return await withinTime(timeoutMilliseconds, ask(question))
    } catch (cause) {
      const outcome = outcomeOf(cause)
      if (outcome === undefined) throw cause
      return outcome
    }
  }

  async function ask(question: PlaceQuestion): Promise<PlaceOutcome> {
    const { party, role, place, scope, query, variables, trace } = question
    const response = await callPeer({
      party,
      authorizationServer: place.authorizationServer,
      scope,
      url: place.url,
      body: { query, variables },
      accept: 'application/graphql-response+json',
      ...(role === undefined ? {} : { selection: { organization_role: role } }),
      trace,
      timeoutMilliseconds,
    })
    const body = parsePeerJson(response.body)
    const answer = answerSchema.safeParse(body)
    const [records] = answer.success ? Object.values(answer.data.data) : []
    if (response.status === 200 && answer.success && records !== undefined) {
      const { extensions } = answer.data
      const at = extensions?.provenance?.[0]?.time ?? new Date(clock.now()).toISOString()
      return { kind: 'answered', records, rule: extensions?.rule, at }
    }
    const isLater = response.headers.get('retry-after') !== undefined
    const isRefusal = [400, 401, 403].includes(response.status) && !isLater
    return {
      kind: isRefusal ? 'refused' : 'unreachable',
      reasons: [`the source answered with status ${String(response.status)}`, ...wordsOf(body)].slice(0, maxReasons),
    }
  }
}

export type AskPlace = ReturnType<typeof createAskPlace>

/** Why a failure on the way counts as no answer; `undefined` when it is one of this node itself. */
function outcomeOf(cause: unknown): PlaceOutcome | undefined {
  const code = NodeError.codeOf(cause)
  const notes = NodeError.is(cause) ? cause.notes : []
  const refused = ['token.peer_refused', 'token.no_matching_credential', 'presentation.definition_unsupported']
  if (refused.includes(code)) return { kind: 'refused', reasons: ['there is no token to be had', ...tidy(notes)] }
  if (code === 'token.peer_unsupported' || code === 'presentation.unfulfilled')
    return { kind: 'unreachable', reasons: tidy(notes) }
  if (code === 'outbound.timed_out') return { kind: 'unreachable', reasons: ['the source did not answer in time'] }
  if (code.startsWith('outbound.')) return { kind: 'unreachable', reasons: ['the source could not be reached'] }
  return undefined
}

function wordsOf(body: unknown): readonly string[] {
  const parsed = errorsSchema.safeParse(body)
  if (!parsed.success) return []
  return tidy(
    parsed.data.errors.flatMap(({ message, extensions }) => [message ?? [], extensions?.reasons ?? []].flat()),
  )
}

function tidy(notes: readonly string[]): readonly string[] {
  return notes.slice(0, maxReasons).map((note) => redactNumbers(note).slice(0, maxReasonLength))
}

async function withinTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NodeError('outbound.timed_out')), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
