import { z } from 'zod'
import type { SyncStatus } from '../discovery/sync.js'
import type { Listing } from '../discovery/listing.js'
import { isServed } from './served-register.js'
import type { Parties } from '../identity/parties.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { startTrace } from '../kernel/trace.js'
import type { Decision } from '../policy/decision.js'
import type { FactQuestion } from '../policy/fact.js'
import { Permit } from '../policy/permit.js'
import type { CallPeer } from '../tokens/call-peer.js'
import { parsePeerJson } from '../tokens/peer.js'
import type { FactPlace, FactPlaces } from './ask-fact.js'
import { toFactQuery } from './fact-query.js'
import type { ServedSources } from './served-sources.js'

export interface FactPlacesDeps {
  readonly clock: Clock
  readonly parties: Pick<Parties, 'find'>
  readonly servedSources: Pick<ServedSources, 'find' | 'namesOf'>
  /** The lists that this node reads. */
  readonly services: readonly string[]
  readonly listings: (service: string) => AsyncIterable<Listing>
  readonly status: (service: string) => Promise<SyncStatus>
  readonly callPeer: CallPeer
}

/**
 * Finds who may know a fact: the sources of the party itself, or those of others that discovery lists in the role that the
 * rule names. Who wants to read is never asked about itself: its own word would prove nothing.
 */
export function createFindPlaces(deps: FactPlacesDeps): (question: FactQuestion) => Promise<FactPlaces> {
  return async (question) => {
    if (question.at === 'here') return { places: placesHere(question, deps), complete: true }
    const now = deps.clock.now()
    const places = new Map<string, FactPlace>()
    let complete = true
    for (const service of deps.services) {
      // Nobody is asked on the word of a list that was not read for a day, or never.
      if ((await deps.status(service)).freshness === 'stale') complete = false
      else {
        for await (const listing of deps.listings(service)) {
          const place = listing.expiresAt > now ? placeOf(listing, question, deps) : undefined
          if (place !== undefined) places.set(place.name, place)
        }
      }
    }
    return { places: [...places.values()], complete }
  }
}

function placeOf(listing: Listing, question: FactQuestion, deps: FactPlacesDeps): FactPlace | undefined {
  const { parameters, signer, credentials } = listing
  const authorizationServer = parameters['authServerURL']
  const url = parameters[question.register] ?? parameters[question.register.replace(/-\d+$/, '')]
  if (authorizationServer === undefined || url === undefined || signer === question.requester) return undefined
  const { role } = question
  if (role !== undefined && !credentials.some(({ subject }) => role.includes(roleOf(subject) ?? ''))) return undefined
  return { name: url, ask: (asked) => askPeer(asked, { url, authorizationServer }, deps) }
}

const organizationSchema = z.looseObject({ organization: z.looseObject({ role: z.string() }) })

function roleOf(subject: unknown): string | undefined {
  const parsed = organizationSchema.safeParse(subject)
  return parsed.success ? parsed.data.organization.role : undefined
}

const answerSchema = z.looseObject({
  data: z.record(z.string(), z.array(z.unknown())),
  errors: z.undefined().optional(),
})

/** One authorised call to another node, in its journal as in ours. */
async function askPeer(
  question: FactQuestion,
  peer: { readonly url: string; readonly authorizationServer: string },
  deps: FactPlacesDeps,
): Promise<boolean> {
  const { party: subject, scope, operation, trace = startTrace() } = question
  const party = await deps.parties.find(subject)
  if (party === undefined || scope === undefined) throw new NodeError('internal.fault', { detail: 'who asks a fact' })
  const { url, authorizationServer } = peer
  const response = await deps.callPeer({
    party,
    authorizationServer,
    scope,
    url,
    body: toFactQuery(question),
    accept: 'application/graphql-response+json',
    trace,
    timeoutMilliseconds: 2000,
    maxResponseBytes: 64 * 1024,
  })
  const answer = answerSchema.safeParse(parsePeerJson(response.body))
  const records = answer.success ? answer.data.data[operation] : undefined
  if (response.status !== 200 || records === undefined)
    throw new NodeError('outbound.bad_answer', { detail: `a fact: status ${String(response.status)}` })
  return records.length > 0
}

/** The registers of the party itself with the schema that the rule names; what it looks up there is its own affair. */
function placesHere({ party, register }: FactQuestion, { servedSources, clock }: FactPlacesDeps): readonly FactPlace[] {
  return servedSources.namesOf(party).flatMap((name): readonly FactPlace[] => {
    const served = servedSources.find(party, name)
    if (served === undefined || !isServed(served, register)) return []
    const ask = async (question: FactQuestion): Promise<boolean> => {
      const { source } = served
      const request = source.parse(toFactQuery(question))
      const permit = Permit.from(
        [
          {
            requester: { did: question.requester, claims: {} },
            action: 'QUERY',
            resource: { party, ...request },
            context: { scopes: [], time: clock.now() },
          },
        ],
        [leaveFor(question)],
      )
      return (await source.read(permit, request)).recordCount > 0
    }
    return [{ name, ask }]
  })
}

/** The rule that asks a fact of its own source was reviewed with it; what it finds is a yes or a no, and nothing leaves. */
function leaveFor({ name }: FactQuestion): Decision {
  return { permitted: true, rule: 'FACT', reasons: [], purpose: name, grondslag: undefined, weighed: [] }
}
