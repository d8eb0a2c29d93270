import type { Replay } from '../../audit/replay.js'
import type { Clock } from '../../kernel/clock.js'
import { put, type Store } from '../../stores/contracts.js'
import { consentRecords, fromTexts } from './consents.js'

/**
 * Withdraws again what was withdrawn, and makes objections again. Consent that was given after the backup stays lost: it
 * gives a right, and who gave it says so again.
 */
export function createReplayConsent(deps: { readonly store: Pick<Store, 'records'>; readonly clock: Clock }): Replay {
  const { store, clock } = deps
  return async ({ action, party, persons, object }) => {
    const time = new Date(clock.now()).toISOString()
    const texts = object?.selection ?? {}
    const { consent: id } = texts
    const [person] = persons ?? []
    if (party === undefined || person === undefined || id === undefined) return []
    const key = [party, person, id]
    const stored = await store.records.get(consentRecords, key)
    if (action === 'delete')
      return stored === undefined || stored.value.withdrawnAt !== undefined
        ? []
        : [put(consentRecords, key, { ...stored.value, withdrawnAt: time }, { expected: stored.version })]
    const statement = fromTexts(texts)
    if (stored !== undefined || statement?.effect !== 'deny') return []
    return [put(consentRecords, key, { id, statement, registeredAt: time }, { expected: 'absent' })]
  }
}
