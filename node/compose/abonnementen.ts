import { createReadOwn } from '../access/read-own.js'
import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { OfferedEvent } from '../catalogue/offered-event.js'
import type { composeNetwerkpunt } from './netwerkpunt.js'
import type { Listing } from '../discovery/listing.js'
import type { Replica } from '../discovery/replica.js'
import type { ResolveEndpoint } from '../discovery/resolve-endpoint.js'
import { abonnementRoutes } from '../http/routes/abonnementen.js'
import type { KeyStore } from '../identity/key-store.js'
import type { Parties } from '../identity/parties.js'
import { createBackground, type Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Trace } from '../kernel/trace.js'
import { createAbonnementDesk } from '../notifications/abonnement/abonnement-desk.js'
import { createAbonnementFields } from '../notifications/abonnement/abonnement-fields.js'
import { createAbonnementNames } from '../notifications/abonnement/abonnement-records.js'
import { loadAbonnementRules } from '../notifications/abonnement/abonnement-rules.js'
import { createActAtBronhouder } from '../notifications/abonnement/act-at-bronhouder.js'
import { createCallBronhouder } from '../notifications/abonnement/call-bronhouder.js'
import { createCarryOut } from '../notifications/abonnement/carry-out.js'
import { createFindToldCases } from '../notifications/abonnement/find-told-cases.js'
import { createFollowCases } from '../notifications/abonnement/follow-cases.js'
import { createListGivenEvents } from '../notifications/abonnement/list-given-events.js'
import { createListGivenAbonnementen } from '../notifications/abonnement/list-given.js'
import { createMatchAbonnementen } from '../notifications/abonnement/match-abonnementen.js'
import { createNoticeChangedCases } from '../notifications/abonnement/notice-changed-cases.js'
import { createOwnCases } from '../notifications/abonnement/own-cases.js'
import { createOwnAbonnementDesk } from '../notifications/abonnement/own-desk.js'
import { createOwnNames } from '../notifications/abonnement/own-records.js'
import { readWishes } from '../notifications/abonnement/own-wishes.js'
import { createPassOn } from '../notifications/abonnement/pass-on.js'
import type { Enqueue } from '../notifications/outbox/enqueue.js'
import { readTimers } from '../notifications/timers/read-timers.js'
import { dayOf } from '../policy/day.js'
import { loadEventTypes } from '../policy/event-types.js'
import type { Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'
import type { CallPeer } from '../tokens/call-peer.js'
import type { Configuration } from '../../schemas/configuration.js'

const askToDoItEveryMilliseconds = 3_000
const lookEveryMilliseconds = 1_000

/**
 * What registers need of abonnementen before there is anything to ask with: who is told of a change, and what changes of own
 * cases are noticed.
 * @throws `config.invalid`
 */
export function openAbonnementParts(deps: {
  readonly configuration: Configuration
  readonly store: Store
  readonly clock: Clock
  readonly keyStore: Pick<KeyStore, 'secretFor'>
}) {
  const { configuration, keyStore, clock } = deps
  const eventTypes = loadEventTypes({ sandbox: configuration.policies.sandbox })
  const rules = loadAbonnementRules(eventTypes)
  const names = createAbonnementNames(keyStore.secretFor('abonnement pseudonyms'))
  const following = new Set<string>(rules.all.flatMap(({ zaak }) => (zaak === undefined ? [] : [zaak.register])))
  const taking = new Set(
    configuration.parties.flatMap(({ subject, notifications }) => (notifications ? [subject] : [])),
  )
  const listGiven = createListGivenEvents({ clock, eventTypes, rules })
  const timers = readTimers({ configuration, eventTypes })
  return {
    rules,
    names,
    ownNames: createOwnNames(keyStore.secretFor('own abonnementen')),
    /** What a register of a party that tells others gives; nothing for a party that tells nobody. */
    givenEvents: (party: string, schema: string): readonly OfferedEvent[] =>
      taking.has(party) ? listGiven(schema).filter(({ type }) => timers.isOn(party, type.eventType)) : [],
    matching: createMatchAbonnementen({ ...deps, names, rules }),
    noticeChangedCases: createNoticeChangedCases({
      clock,
      isFollowed: ({ party, schema }) => taking.has(party) && following.has(schema),
    }),
  }
}

export interface ComposeAbonnementenDeps {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock: Clock
  readonly store: Store
  readonly audit: Audit
  readonly parties: Parties
  readonly leases: Leases
  readonly servedSources: ServedSources
  readonly netwerkpunten: Awaited<ReturnType<typeof composeNetwerkpunt>>
  readonly abonnementParts: ReturnType<typeof openAbonnementParts>
  /** Needs the tokens, which need what was found. */
  readonly resolveEndpointWith: (tokenEndpointOf: ComposeAbonnementenDeps['tokenEndpointOf']) => ResolveEndpoint
  readonly tokenEndpointOf: (authorizationServer: string, trace: Trace) => Promise<string>
  readonly callPeer: CallPeer
  /** The lists that this node reads, and who is on them. */
  readonly definitions: readonly { readonly id: string }[]
  readonly replica: Pick<Replica, 'listing'>
  /** @throws `token.unconfirmed` while a restored node waits */
  readonly requireConfirmed: () => Promise<void>
}

/**
 * The part of `compose.ts` that gives abonnementen to others, and takes, renews and ends those of its own parties.
 * @throws `config.invalid` for what the settings want and cannot have
 */
export function composeAbonnementen(deps: ComposeAbonnementenDeps & { readonly enqueue: Enqueue }) {
  const { configuration, clock, leases, log, requireConfirmed } = deps
  const { rules, names, ownNames } = deps.abonnementParts
  const { findMemberships } = deps.netwerkpunten
  const desk = createAbonnementDesk({
    ...deps,
    names,
    rules,
    maxPerAbonnee: (party) => deps.netwerkpunten.settingsOf(party)?.maxAbonnementen ?? 0,
  })
  const ownCases = createOwnCases({ ...deps, readOwn: createReadOwn(deps) })
  const own = { ...deps, rules, names: ownNames, ownCases }
  const follow = createFollowCases({
    ...own,
    wishes: readWishes({ configuration, rules, servedSources: deps.servedSources }),
  })
  const claimsOf = async (did: string): Promise<Listing['fields']> => {
    for (const { id } of deps.definitions) {
      const fields = (await deps.replica.listing(id, did))?.fields ?? {}
      if (fields['organization_role'] !== undefined) return fields
    }
    return {}
  }
  const resolveEndpoint = deps.resolveEndpointWith(deps.tokenEndpointOf)
  const callBronhouder = createCallBronhouder({ ...deps, resolveEndpoint, claimsOf })
  const act = createActAtBronhouder({ ...own, findMemberships, callBronhouder })
  const carryOut = createCarryOut({ ...own, act })

  const findToldCases = createFindToldCases(own)

  /** What one replica does for all. */
  async function lead(signal: AbortSignal): Promise<void> {
    await leases.attempt(['own abonnementen'], async (lease) => {
      const led = createBackground({ log })
      let today: string | undefined
      led.every({
        job: 'own abonnementen',
        intervalMilliseconds: lookEveryMilliseconds,
        atOnce: true,
        async run() {
          await requireConfirmed()
          const day = dayOf(clock.now())
          if (day !== today) await follow.goThroughAll(lease)
          today = day
          await follow.lookAtChanged(lease)
          await carryOut(lease)
        },
      })
      await endOf(AbortSignal.any([signal, lease.signal]))
      await led.stop()
    })
  }

  return {
    fields: createAbonnementFields(desk),
    /** Tells the aanbieders of an own case in their turn. */
    onReceived: createPassOn({ ...deps, findToldCases }),
    /** The own cases that a message is about. */
    findToldCases,
    routes: abonnementRoutes({
      ...deps,
      ownAbonnementen: createOwnAbonnementDesk(own),
      listGiven: createListGivenAbonnementen(deps),
    }),
    start(background: Background): void {
      if (deps.netwerkpunten.subjects.length === 0) return
      background.every({
        job: 'abonnementen',
        intervalMilliseconds: askToDoItEveryMilliseconds,
        atOnce: true,
        async run(signal) {
          // Continues on purpose, without the longer and longer waits of a job that fails: the store has said so itself.
          await lead(signal).catch((cause: unknown) => {
            if (NodeError.codeOf(cause) !== 'store.unavailable') throw cause
          })
        },
      })
    },
  }
}

function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
