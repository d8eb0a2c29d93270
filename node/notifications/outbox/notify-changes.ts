import type { OnRegisterChange } from '../../access/served-sources.js'
import type { RegisterChange } from '../../sources/register/change-log.js'
import type { ChangeView } from '../../sources/register/change-view.js'
import type { Operation } from '../../stores/contracts.js'
import type { ChangeSource, EventType } from '../../../schemas/events.js'
import type { Tell } from './tell.js'

export interface NotifyChangesDeps {
  readonly eventTypes: { readonly all: readonly EventType[] }
  readonly tell: Tell
  /** Whether a party tells others of changes: who has a netwerkpunt. */
  readonly participates: (party: string) => boolean
}

/** An event type that changes of a register make. */
interface Rule {
  readonly type: EventType
  readonly source: ChangeSource
}

/**
 * Listens to changes of registers and puts a message into the outbox for everybody who has to be told, in the batch of the
 * change. Whom a rule names is told whether it wants that or not; others when they asked.
 */
export function createNotifyChanges({ eventTypes, tell, participates }: NotifyChangesDeps): OnRegisterChange {
  const rules = new Map<string, readonly Rule[]>()
  for (const type of eventTypes.all) {
    const { source } = type
    if (!('changes' in source)) continue
    const name = `${source.register} ${source.type}`
    rules.set(name, [...(rules.get(name) ?? []), { type, source }])
  }
  return async ({ party, schema }, changes, view) => {
    if (!participates(party)) return []
    const operations: Operation[] = []
    for (const change of changes) {
      const fitting = (rules.get(`${schema} ${change.type}`) ?? []).filter((rule) => fits(rule, change, view))
      for (const { type } of fitting) operations.push(...(await tell(type, { party, record: change, view })))
    }
    return operations
  }
}

function fits({ source }: Rule, { kind, type, key, record }: RegisterChange, view: ChangeView): boolean {
  if (!source.changes.includes(kind)) return false
  const before = view.before(type, key)
  return (source.when ?? []).every(({ field, is }) => {
    const becameSet = isSet(record?.[field]) && !isSet(before?.[field])
    return becameSet === (is === 'became-set')
  })
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined
}
