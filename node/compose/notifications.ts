import { composeAbonnementen, type ComposeAbonnementenDeps } from './abonnementen.js'
import { composeInbox, type ComposeInboxDeps } from './inbox.js'
import type { composeNetwerkpunt } from './netwerkpunt.js'
import { composeOutbox, composeReconcile, type ComposeOutboxDeps } from './outbox.js'
import { composeTimers } from './timers.js'
import type { Replica } from '../discovery/replica.js'
import { netwerkpuntRoutes } from '../http/routes/netwerkpunt.js'
import type { Route } from '../http/exchange.js'
import type { Background } from '../kernel/background.js'
import { createInboxWriter, type OnReceived } from '../notifications/inbox-writer.js'
import { createMessageFields } from '../notifications/message-fields.js'
import { createNetwerkpunt, type NetwerkpuntField } from '../notifications/netwerkpunt.js'
import { createQuota } from '../notifications/quota.js'
import { accountForFloods, createReceive } from '../notifications/receive.js'
import { createNoteTransitions } from '../overview/transition/note-transitions.js'
import type { Authenticate } from '../tokens/authenticate.js'
import type { Dpop } from '../tokens/dpop.js'

/** What notifications need of the rest of the node. */
export interface ComposeNotificationsDeps
  extends ComposeOutboxDeps, Omit<ComposeInboxDeps, 'metrics'>, ComposeAbonnementenDeps {
  readonly metrics: ComposeOutboxDeps['metrics'] & ComposeInboxDeps['metrics']
  readonly replica: Pick<Replica, 'listedAs' | 'listing'>
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly netwerkpunten: Awaited<ReturnType<typeof composeNetwerkpunt>>
  readonly meldingen: { readonly onReceived: OnReceived }
}

const accountEveryMilliseconds = 60_000
const lookAtRolesEveryMilliseconds = 30_000

/**
 * The part of `compose.ts` that sends and receives notificaties and meldingen.
 * @throws `config.invalid`
 */
export function composeNotifications(deps: ComposeNotificationsDeps) {
  const { netwerkpunten, outboxParts } = deps
  const { findMemberships, settingsOf } = netwerkpunten
  const { eventTypes } = outboxParts
  const findEventType = (name: string) => eventTypes.find(name)
  const outbox = composeOutbox(deps)
  const abonnementen = composeAbonnementen({ ...deps, enqueue: outboxParts.enqueue })
  const timers = composeTimers(deps)

  // What is done, in the batch that stores it, because of a message that comes in.
  const onReceived: readonly OnReceived[] = [
    outboxParts.tellers.onReceived,
    abonnementen.onReceived,
    deps.meldingen.onReceived,
    createNoteTransitions({ ...deps, findToldCases: abonnementen.findToldCases }),
  ]
  const writer = createInboxWriter({ ...deps, onReceived })
  const quota = createQuota(deps)
  const receive = createReceive({
    ...deps,
    findMemberships,
    findEventType,
    writer,
    quota,
    limitsOf: settingsOf,
  })

  const reconcile = composeReconcile({ ...deps, ...outbox, receive })

  // What can be called at a netwerkpunt.
  const fields: readonly NetwerkpuntField[] = [...createMessageFields(receive), ...abonnementen.fields, outbox.field]
  const publicRoutes: readonly Route[] =
    netwerkpunten.subjects.length === 0
      ? []
      : netwerkpuntRoutes({
          ...deps,
          netwerkpunt: createNetwerkpunt(fields),
          receive,
          findEventType,
          faceOf: netwerkpunten.faceOf,
          findMemberships,
          scopesOf: netwerkpunten.scopesOf,
        })

  const { subjects } = netwerkpunten
  const inbox = composeInbox({ ...deps, writer, onReceived, findEventType, subjects })

  const telling: readonly Route[] = [...outbox.routes, ...reconcile.routes]
  const internalRoutes: readonly Route[] = [...telling, ...inbox.routes, ...abonnementen.routes]
  return {
    receive,
    inbox: inbox.inbox,
    waiting: inbox.waiting,
    /** The own cases that a message is about. */
    findToldCases: abonnementen.findToldCases,
    publicRoutes,
    internalRoutes,
    start(background: Background): void {
      outbox.start(background)
      inbox.start(background)
      if (netwerkpunten.subjects.length === 0) return
      abonnementen.start(background)
      timers.start(background)
      reconcile.start(background)
      background.every({
        job: 'flooding senders',
        intervalMilliseconds: accountEveryMilliseconds,
        run: () => accountForFloods({ ...deps, quota }),
      })
      background.every({
        job: 'roles of parties',
        intervalMilliseconds: lookAtRolesEveryMilliseconds,
        run: async () => {
          await Promise.all(netwerkpunten.subjects.map(findMemberships))
        },
      })
    },
    /** Lets nobody wait any longer for what comes: before the listeners are closed. */
    letGo: (): void => inbox.letGo(),
    /** Ends what is being sent. */
    stop: (): Promise<void> => outbox.stop(),
  }
}
