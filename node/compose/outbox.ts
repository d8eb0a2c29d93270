import type { OnRegisterChange } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { ResolveEndpoint } from '../discovery/resolve-endpoint.js'
import type { Replica } from '../discovery/replica.js'
import { outboxRoutes } from '../http/routes/outbox.js'
import { reconcileRoutes } from '../http/routes/reconcile.js'
import type { Parties } from '../identity/parties.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import { randomBelow } from '../kernel/random.js'
import type { FindMemberships } from '../notifications/memberships.js'
import { createDrain } from '../notifications/outbox/drain.js'
import { createEnqueue, type Enqueue } from '../notifications/outbox/enqueue.js'
import { createFindAddress, type FindAddress } from '../notifications/outbox/find-address.js'
import { createMarkDeliveries } from '../notifications/outbox/mark-deliveries.js'
import { measureOutbox, type OutboxMeter } from '../notifications/outbox/measure-outbox.js'
import { createNotifyChanges } from '../notifications/outbox/notify-changes.js'
import { dueReceivers } from '../notifications/outbox/outbox-records.js'
import { createOutbox } from '../notifications/outbox/outbox.js'
import { createTell, type Tell, type TellDeps } from '../notifications/outbox/tell.js'
import { createTellers, type Tellers } from '../notifications/outbox/tellers.js'
import { createSendOwn } from '../notifications/outbox/send-own.js'
import type { Receive } from '../notifications/receive.js'
import { createAskSent } from '../notifications/reconcile/ask-sent.js'
import { createReconcile } from '../notifications/reconcile/reconcile.js'
import { createSentField } from '../notifications/outbox/sent-field.js'
import { createSender } from '../notifications/outbox/sender.js'
import { createSendMessage } from '../notifications/outbox/send-message.js'
import { loadEventTypes, type EventTypes } from '../policy/event-types.js'
import type { Trace } from '../kernel/trace.js'
import type { Leases } from '../stores/lease.js'
import type { Store } from '../stores/contracts.js'
import type { WatchedStore } from '../stores/watch-writes.js'
import type { CallPeer } from '../tokens/call-peer.js'
import { createCallByCertificate } from '../tokens/nid/call-by-certificate.js'
import { createRequestNidToken } from '../tokens/nid/request-nid-token.js'
import type { Configuration } from '../../schemas/configuration.js'
import type { ClientCertificates } from './client-certificates.js'

/** Another replica finds within this time what waits, when the one that was told of it is gone. */
const lookEveryMilliseconds = 1_000
const measureEveryMilliseconds = 30_000
/** Each sender is asked once a day. */
const reconcileEveryMilliseconds = 600_000
/** Deliveries on their way to one receiver, and receivers at a time. */
const messagesAtOnce = 16
const receiversAtOnce = 32

/** What puts messages into the outbox; registers need it before there is anything to send with. */
export interface OutboxParts {
  readonly eventTypes: EventTypes
  readonly enqueue: Enqueue
  readonly tellers: Tellers
  /** Tells of a record of a register. */
  readonly tell: Tell
  /** Hears what changes in registers. */
  readonly notifyChanges: OnRegisterChange
}

/** The part of `compose.ts` that makes messages of changes. @throws `config.invalid` for event types that cannot be read */
export function createOutboxParts(deps: {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly store: Pick<Store, 'records'>
  readonly audit: Audit
  readonly matching: TellDeps['matching']
}): OutboxParts {
  const eventTypes = loadEventTypes({ sandbox: deps.configuration.policies.sandbox })
  const enqueue = createEnqueue({ ...deps, findEventType: (name) => eventTypes.find(name) })
  const taking = new Set(
    deps.configuration.parties.filter(({ notifications }) => notifications !== undefined).map(({ subject }) => subject),
  )
  const participates = (party: string): boolean => taking.has(party)
  const tellers = createTellers(eventTypes.all, deps)
  const tell = createTell({
    ...deps,
    eventTypes,
    enqueue,
    tellerOf: (party, recordID) => tellers.tellerOf(party, recordID),
  })
  return { eventTypes, enqueue, tellers, tell, notifyChanges: createNotifyChanges({ eventTypes, tell, participates }) }
}

/** What sending needs of the rest of the node. */
export interface ComposeOutboxDeps {
  readonly configuration: Configuration
  readonly outboxParts: OutboxParts
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly onPut: WatchedStore<Store>['onPut']
  readonly audit: Audit
  readonly leases: Leases
  readonly parties: Parties
  readonly netwerkpunten: { readonly findMemberships: FindMemberships }
  readonly replica: Pick<Replica, 'listedAs'>
  /** Needs the tokens, which need what was found. */
  readonly resolveEndpointWith: (tokenEndpointOf: ComposeOutboxDeps['tokenEndpointOf']) => ResolveEndpoint
  readonly tokenEndpointOf: (authorizationServer: string, trace: Trace) => Promise<string>
  readonly callPeer: CallPeer
  readonly clientCertificates: ClientCertificates
  readonly requireConfirmed: () => Promise<void>
  readonly metrics: { readonly outbox: OutboxMeter }
}

/** The part of `notifications.ts` that sends what is in the outbox. */
export function composeOutbox(deps: ComposeOutboxDeps) {
  const { clock, store, replica, onPut } = deps
  const meter = deps.metrics.outbox
  const { records } = store
  const address = createFindAddress({
    clock,
    listedAs: (organization) => replica.listedAs(organization),
    resolveEndpoint: deps.resolveEndpointWith(deps.tokenEndpointOf),
  })
  const findEventType = (name: string) => deps.outboxParts.eventTypes.find(name)
  const callByCertificate = createCallByCertificate({
    clock,
    wayOf: (party) => deps.clientCertificates.wayOf(party),
    requestNidToken: createRequestNidToken(deps),
  })
  const send = createSendMessage({ ...deps, ...deps.netwerkpunten, findEventType, address, callByCertificate })
  const mark = createMarkDeliveries({ ...deps, keepDays: deps.configuration.notifications.keepDays })
  const drain = createDrain({
    ...deps,
    records,
    send,
    mark,
    random: () => randomBelow(1000) / 1000,
    atOnce: messagesAtOnce,
    count: (outcome) => meter.count(outcome),
  })
  const sender = createSender({ ...deps, records, drain, receiversAtOnce })
  onPut(dueReceivers.name, (keys) => sender.hurry(keys))
  const outbox = createOutbox({ ...deps, mark })
  const sendOwn = createSendOwn({
    ...deps,
    ...deps.outboxParts,
    isKnown: (party, deliveryID) => outbox.isKnown(party, deliveryID),
  })
  return {
    routes: outboxRoutes({ outbox, sendOwn, findParty: (subject) => deps.parties.find(subject) }),
    /** What others can ask of it. */
    field: createSentField({ ...deps, ...deps.netwerkpunten, findEventType, records }),
    /** Where others are. */
    address,
    /** Ends what is being sent. */
    stop: (): Promise<void> => sender.stop(),
    start(background: Background): void {
      background.every({
        job: 'notifications',
        intervalMilliseconds: lookEveryMilliseconds,
        atOnce: true,
        run: () => sender.look(),
      })
      background.every({
        job: 'notification metrics',
        intervalMilliseconds: measureEveryMilliseconds,
        atOnce: true,
        run: async () => meter.set(await measureOutbox({ clock, records })),
      })
    },
  }
}

/** The part of `notifications.ts` that asks senders what they sent. */
export function composeReconcile(
  deps: ComposeOutboxDeps & {
    readonly address: FindAddress
    readonly receive: Receive
    readonly netwerkpunten: {
      readonly subjects: readonly string[]
      readonly settingsOf: (party: string) => { readonly senders: readonly string[] } | undefined
    }
  },
) {
  const { subjects, settingsOf, findMemberships } = deps.netwerkpunten
  const reconcile = createReconcile({
    ...deps,
    findMemberships,
    listedAs: (organization) => deps.replica.listedAs(organization),
    askSent: createAskSent({ ...deps, findMemberships }),
    sendersOf: (party) => settingsOf(party)?.senders ?? [],
  })
  return {
    routes: reconcileRoutes({ reconcile, subjects }),
    start(background: Background): void {
      background.every({
        job: 'notifications sent to us',
        intervalMilliseconds: reconcileEveryMilliseconds,
        async run(signal) {
          await deps.requireConfirmed()
          // One replica asks for all.
          await deps.leases.attempt(['notifications sent to us'], (lease) =>
            reconcile.runDue(subjects, AbortSignal.any([signal, lease.signal])),
          )
        },
      })
    },
  }
}
