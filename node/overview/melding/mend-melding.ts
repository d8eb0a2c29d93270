import type { OnRegisterChange } from '../../access/served-sources.js'
import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { put, type Operation, type Store } from '../../stores/contracts.js'
import { keptUntil, meldingen, recordIndex } from './melding-records.js'
import { meldingChanged } from './melding-desk.js'

/**
 * Listens to changes of registers: what somebody told of a record is mended when the record changes, in the batch of that
 * change. That it changed is told to those who have to know by the ordinary event.
 *
 * Does not judge whether the change mends it: who changes the record answers for that, and the next reader may tell again.
 */
export function createMendMelding(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly audit: Pick<Audit, 'operation' | 'pseudonym'>
}): OnRegisterChange {
  const { store, clock } = deps
  return async ({ party }, changes) => {
    const operations: Operation[] = []
    for (const { type, key, by } of changes) {
      const index = { name: 'record', value: recordIndex(party, `${type}/${key}`) }
      const { items } = await store.records.list(meldingen, { index, limit: 100 })
      for (const { key: at, value, version } of items) {
        const step = { state: 'hersteld', at: clock.now(), by } as const
        const mended = { ...value, state: step.state, history: [...value.history, step].slice(-50) }
        operations.push(
          put(meldingen, at, mended, { expected: version, ...keptUntil(mended, clock.now()) }),
          deps.audit.operation(meldingChanged(mended, by, deps.audit)),
        )
      }
    }
    return operations
  }
}
