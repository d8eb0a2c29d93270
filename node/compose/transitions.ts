import type { Audit } from '../audit/audit.js'
import type { Wallet } from '../credentials/wallet.js'
import type { ReadOwn } from '../access/read-own.js'
import type { Parties } from '../identity/parties.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { FindMemberships } from '../notifications/memberships.js'
import type { Enqueue } from '../notifications/outbox/enqueue.js'
import type { Receive } from '../notifications/receive.js'
import type { AskPlace } from '../overview/ask-place.js'
import type { Locate } from '../overview/locate.js'
import type { OverviewQuestion } from '../overview/questions.js'
import { createCheckTransitions, hasDueTransition } from '../overview/transition/check-transitions.js'
import { createReadTransition } from '../overview/transition/read-transition.js'
import { createTellGap } from '../overview/transition/tell-gap.js'
import type { Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'

const lookEveryMilliseconds = 1_000

/** The part of `overview.ts` that watches own cases with an indicatie; one replica at a time looks at them. */
export function composeTransitions(deps: {
  readonly audit: Audit
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly leases: Leases
  readonly parties: Parties
  readonly wallet: Wallet
  readonly readOwn: ReadOwn
  readonly locate: Locate
  readonly askPlace: AskPlace
  readonly questions: readonly OverviewQuestion[]
  readonly sandbox: boolean
  readonly enqueue: Enqueue
  readonly receive: Receive
  readonly findMemberships: FindMemberships
  /** @throws `token.unconfirmed` while a restored node waits */
  readonly requireConfirmed: () => Promise<void>
}): { start(background: Background): void } {
  const { clock, store, leases, requireConfirmed } = deps
  const check = createCheckTransitions({
    ...deps,
    readTransition: createReadTransition(deps),
    tellGap: createTellGap(deps),
  })
  return {
    start(background) {
      background.every({
        job: 'transitions',
        intervalMilliseconds: lookEveryMilliseconds,
        async run() {
          // A look costs nothing that is written.
          if (!(await hasDueTransition({ store, clock }))) return
          await requireConfirmed()
          await leases.attempt(['transitions'], check)
        },
      })
    },
  }
}
