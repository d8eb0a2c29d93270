import type { Audit } from './audit/audit.js'
import type { composeNetwerkpunt } from './compose-netwerkpunt.js'
import { netwerkpuntRoutes } from './http/routes/netwerkpunt.js'
import type { Route } from './http/exchange.js'
import type { Parties } from './identity/parties.js'
import type { Background } from './kernel/background.js'
import type { Clock } from './kernel/clock.js'
import type { Log } from './kernel/log.js'
import { createInboxWriter, type OnReceived } from './notifications/inbox-writer.js'
import { createMessageFields } from './notifications/message-fields.js'
import { createNetwerkpunt, type NetwerkpuntField } from './notifications/netwerkpunt.js'
import { createQuota } from './notifications/quota.js'
import { accountForFloods, createReceive } from './notifications/receive.js'
import { loadEventTypes } from './policy/event-types.js'
import type { Store } from './stores/contracts.js'
import type { Authenticate } from './tokens/authenticate.js'
import type { Dpop } from './tokens/dpop.js'
import type { Configuration } from '../schemas/configuration.js'

/** What notifications need of the rest of the node. */
export interface ComposeNotificationsDeps {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly audit: Audit
  readonly parties: Parties
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly netwerkpunten: Awaited<ReturnType<typeof composeNetwerkpunt>>
}

const accountEveryMilliseconds = 60_000
const lookAtRolesEveryMilliseconds = 30_000

/**
 * The part of `compose.ts` that sends and receives notificaties and meldingen.
 * @throws `config.invalid`
 */
export function composeNotifications(deps: ComposeNotificationsDeps) {
  const { configuration, netwerkpunten } = deps
  const { findMemberships, settingsOf } = netwerkpunten
  const eventTypes = loadEventTypes({ sandbox: configuration.policies.sandbox })

  // What is done, in the batch that stores it, because of a message that comes in.
  const onReceived: readonly OnReceived[] = []
  const writer = createInboxWriter({ ...deps, onReceived })
  const quota = createQuota(deps)
  const receive = createReceive({
    ...deps,
    findMemberships,
    findEventType: (name) => eventTypes.find(name),
    writer,
    quota,
    limitsOf: settingsOf,
  })

  // What can be called at a netwerkpunt.
  const fields: readonly NetwerkpuntField[] = [...createMessageFields(receive)]
  const publicRoutes: readonly Route[] =
    netwerkpunten.subjects.length === 0
      ? []
      : netwerkpuntRoutes({
          ...deps,
          netwerkpunt: createNetwerkpunt(fields),
          faceOf: netwerkpunten.faceOf,
          findMemberships,
          scopesOf: netwerkpunten.scopesOf,
        })

  const internalRoutes: readonly Route[] = []
  return {
    receive,
    publicRoutes,
    internalRoutes,
    start(background: Background): void {
      if (netwerkpunten.subjects.length === 0) return
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
  }
}
