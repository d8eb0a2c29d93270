import { createCheckStatus, type CheckStatus } from '../../node/credentials/status/check-status.js'
import type { Clock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { silentLog } from '../../node/kernel/log.js'
import type { Store } from '../../node/stores/contracts.js'
import { createMemoryStore } from '../../node/stores/memory.js'

/** Checks no list of another node: every call out is refused. */
export function createOfflineCheckStatus(deps: {
  readonly clock: Clock
  readonly store?: Store
  readonly url?: string
}): CheckStatus {
  const { clock, store = createMemoryStore({ clock }), url = 'https://node.example' } = deps
  const outbound = { request: () => Promise.reject(new NodeError('outbound.refused')) }
  return createCheckStatus({ clock, log: silentLog, store, outbound, url })
}
