import type { ChangedRegister, OnRegisterChange } from '../../access/served-sources.js'
import type { Clock } from '../../kernel/clock.js'
import { put } from '../../stores/contracts.js'
import { changedCases } from './own-records.js'

/** The way from each type of a toewijzingsregister to the key of the client. */
const ways: Readonly<Record<string, string>> = {
  Client: 'clientID',
  Besluit: 'clientID',
  Toewijzing: 'besluit.clientID',
}

/**
 * Notes, in the batch of the change itself, which clients of a register must be looked at again: so a case that begins or ends
 * is never overlooked. For the registers of `isFollowed` only.
 */
export function createNoticeChangedCases(deps: {
  readonly clock: Clock
  readonly isFollowed: (register: ChangedRegister) => boolean
}): OnRegisterChange {
  return async (register, changes, view) => {
    if (!deps.isFollowed(register)) return []
    const { party, source } = register
    const clients = new Set<string>()
    for (const change of changes) {
      const way = ways[change.type]
      if (way === undefined) continue
      for (const clientID of await view.valuesAt(change, way)) clients.add(clientID.toLowerCase())
    }
    const at = deps.clock.now()
    return [...clients].map((clientID) => put(changedCases, [party, source, clientID], { at }))
  }
}
