import type { ChangedRegister, OnRegisterChange } from '../../access/served-sources.js'
import type { Audit } from '../../audit/audit.js'
import { personPseudonym } from '../../audit/person.js'
import type { Clock } from '../../kernel/clock.js'
import type { EventTypes } from '../../policy/event-types.js'
import type { RegisterChange } from '../../sources/register/change-log.js'
import type { ChangeView } from '../../sources/register/change-view.js'
import type { Operation } from '../../stores/contracts.js'
import type { EventType } from '../../../schemas/events.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import { canonicalId } from '../memberships.js'
import type { Enqueue } from './enqueue.js'

/** Somebody who is told of a change. */
export interface Told {
  readonly receiver: MessageParty
  /** The role in which it is told, where that has a ground of its own. */
  readonly role?: string | undefined
  /** The abonnement by which it asked. */
  readonly abonnementID?: string | undefined
}

export interface NotifyChangesDeps {
  readonly clock: Clock
  readonly audit: Pick<Audit, 'pseudonym'>
  readonly eventTypes: EventTypes
  readonly enqueue: Enqueue
  /** Whether a party tells others of changes: who has a netwerkpunt. */
  readonly participates: (party: string) => boolean
  /** Who asked to be told; the number of the person stays in memory. */
  readonly matching: (query: {
    readonly party: string
    readonly eventType: string
    readonly bsn: string | undefined
  }) => Promise<readonly Told[]>
  /** Who told this party about a record, the last of them; `undefined` when nobody did. */
  readonly tellerOf: (party: string, recordID: string) => Promise<MessageParty | undefined>
}

/** An event type that changes of a register make. */
interface Rule {
  readonly type: EventType
  readonly source: Extract<EventType['source'], { readonly register: string }>
}

/**
 * Listens to changes of registers and puts a message into the outbox for everybody who has to be told, in the batch of the
 * change. Whom a rule names is told whether it wants that or not; others when they asked. Nobody is told where there is no
 * ground for it today.
 *
 * A message points at the changed record, and says nothing of it. What names no organisation well is passed over: the
 * register is right, and there is nobody to tell.
 */
export function createNotifyChanges(deps: NotifyChangesDeps): OnRegisterChange {
  const rules = new Map<string, readonly Rule[]>()
  for (const type of deps.eventTypes.all) {
    const { source } = type
    if (!('register' in source)) continue
    const name = `${source.register} ${source.type}`
    rules.set(name, [...(rules.get(name) ?? []), { type, source }])
  }
  return async (register, changes, view) => {
    if (!deps.participates(register.party)) return []
    const operations: Operation[] = []
    for (const change of changes) {
      const fitting = (rules.get(`${register.schema} ${change.type}`) ?? []).filter((rule) => fits(rule, change, view))
      for (const { type } of fitting) operations.push(...(await tell(type, { register, change, view }, deps)))
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

interface Changed {
  readonly register: ChangedRegister
  readonly change: RegisterChange
  readonly view: ChangeView
}

async function tell(type: EventType, changed: Changed, deps: NotifyChangesDeps): Promise<readonly Operation[]> {
  const { change, register } = changed
  const bsn = await changed.view.personOf(change)
  const now = deps.clock.now()
  const told = (await findReceivers(type, changed, bsn, deps)).filter(({ role }) =>
    deps.eventTypes.hasGrondslag(type, { now, role }),
  )
  const recordID = `${change.type}/${change.key}`
  return told.flatMap(({ receiver, role, abonnementID }) =>
    deps.enqueue({
      party: register.party,
      kind: type.kind,
      eventType: type.eventType,
      receiver,
      receiverRole: role,
      ontvangerKenmerk: abonnementID,
      subjects: [{ subject: recordID, recordID }],
      recordID,
      version: change.sequence,
      persons: bsn === undefined ? [] : [personPseudonym(deps.audit, bsn)],
    }),
  )
}

async function findReceivers(
  type: EventType,
  { register: { party }, change, view }: Changed,
  bsn: string | undefined,
  { matching, tellerOf }: NotifyChangesDeps,
): Promise<readonly Told[]> {
  const { receivers } = type
  if (receivers.by === 'abonnement') return matching({ party, eventType: type.eventType, bsn })
  if (receivers.by === 'afzender') {
    const keys = await view.valuesAt(change, receivers.path)
    const tellers = await Promise.all(keys.map((key) => tellerOf(party, `${receivers.of}/${key}`)))
    return tellers.flatMap((receiver) => (receiver === undefined ? [] : [{ receiver }]))
  }
  if (receivers.by === 'caller') return []
  const { path, idType, notEqualTo = [] } = receivers
  const others = new Set((await Promise.all(notEqualTo.map((each) => view.valuesAt(change, each)))).flat())
  const ids = (await view.valuesAt(change, path)).filter((id) => !others.has(id))
  return ids.flatMap((written) => {
    const id = canonicalId(idType, written)
    return id === undefined ? [] : [{ receiver: { idType, id } }]
  })
}
