import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import type { Store } from '../../stores/contracts.js'
import type { Parties } from '../../identity/parties.js'
import { createAllocateStatus, type AllocateStatus, type AllocateStatusDeps } from './allocate.js'
import { createChangeStatus, type ChangeStatus } from './change-status.js'
import { createListHost, type ListHost, type SignList } from './host-list.js'

/** The status lists of this node's parties: places in them, what they say, and how they are served. */
export interface StatusLists extends ChangeStatus {
  readonly allocate: AllocateStatus
  readonly read: ListHost['read']
}

export interface StatusListsDeps extends Pick<AllocateStatusDeps, 'pickIndex' | 'restoredAt'> {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Parties
  /** The public base URL of the node, without a slash at the end. */
  readonly url: string
  readonly signList: SignList
}

/** Everything of the lists is in the store, so replicas agree and a restart changes nothing. */
export function createStatusLists(deps: StatusListsDeps): StatusLists {
  const host = createListHost(deps)
  return {
    allocate: createAllocateStatus(deps),
    read: (issuer, page) => host.read(issuer, page),
    ...createChangeStatus({ ...deps, host }),
  }
}
