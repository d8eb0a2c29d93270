import type { Audit } from '../../audit/audit.js'
import { personPseudonym } from '../../audit/person.js'
import type { Clock } from '../../kernel/clock.js'
import type { EventTypes } from '../../policy/event-types.js'
import type { ChangeView } from '../../sources/register/change-view.js'
import type { Operation } from '../../stores/contracts.js'
import type { EventType } from '../../../schemas/events.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import { canonicalId } from '../memberships.js'
import type { Enqueue } from './enqueue.js'

/** Somebody who is told of a record. */
export interface Told {
  readonly receiver: MessageParty
  /** The role in which it is told, where that has a ground of its own. */
  readonly role?: string | undefined
  /** The abonnement by which it asked. */
  readonly abonnementID?: string | undefined
}

export interface TellDeps {
  readonly clock: Clock
  readonly audit: Pick<Audit, 'pseudonym'>
  readonly eventTypes: Pick<EventTypes, 'hasGrondslag'>
  readonly enqueue: Enqueue
  /** Who asked to be told; the number of the person stays in memory. */
  readonly matching: (query: {
    readonly party: string
    readonly eventType: string
    readonly bsn: string | undefined
  }) => Promise<readonly Told[]>
  /** Who told this party about a record, the last of them; `undefined` when nobody did. */
  readonly tellerOf: (party: string, recordID: string) => Promise<MessageParty | undefined>
}

/** A record of a register, and what may be known of it. */
export interface Telling {
  readonly party: string
  readonly record: {
    readonly type: string
    readonly key: string
    /** The number of its last change. */
    readonly sequence: number
  }
  readonly view: Pick<ChangeView, 'valuesAt' | 'personOf'>
  /** Who asked for it, where that is no change of the register. */
  readonly by?: string
}

/**
 * The operations that tell everybody of a record whom an event type names. Nobody is told where there is no ground for it
 * today.
 *
 * A message points at the record, and says nothing of it. What names no organisation well is passed over: the register is
 * right, and there is nobody to tell.
 */
export type Tell = (type: EventType, telling: Telling) => Promise<readonly Operation[]>

export function createTell(deps: TellDeps): Tell {
  const { clock, audit, eventTypes, enqueue } = deps
  return async (type, { party, record, view, by }) => {
    const bsn = await view.personOf(record)
    const now = clock.now()
    const told = (await findReceivers(type, { party, record, view }, bsn, deps)).filter(({ role }) =>
      eventTypes.hasGrondslag(type, { now, role }),
    )
    const recordID = `${record.type}/${record.key}`
    return told.flatMap(({ receiver, role, abonnementID }) =>
      enqueue({
        party,
        kind: type.kind,
        eventType: type.eventType,
        receiver,
        receiverRole: role,
        ontvangerKenmerk: abonnementID,
        subjects: [{ subject: recordID, recordID }],
        recordID,
        version: record.sequence,
        persons: bsn === undefined ? [] : [personPseudonym(audit, bsn)],
        ...(by === undefined ? {} : { by }),
      }),
    )
  }
}

async function findReceivers(
  { eventType, receivers }: EventType,
  { party, record, view }: Telling,
  bsn: string | undefined,
  { matching, tellerOf }: TellDeps,
): Promise<readonly Told[]> {
  if (receivers.by === 'abonnement') return matching({ party, eventType, bsn })
  if (receivers.by === 'afzender') {
    const keys = await view.valuesAt(record, receivers.path)
    const tellers = await Promise.all(keys.map((key) => tellerOf(party, `${receivers.of}/${key}`)))
    return tellers.flatMap((receiver) => (receiver === undefined ? [] : [{ receiver }]))
  }
  if (receivers.by === 'caller') return []
  const { path, idType, notEqualTo = [] } = receivers
  const others = new Set((await Promise.all(notEqualTo.map((each) => view.valuesAt(record, each)))).flat())
  const ids = (await view.valuesAt(record, path)).filter((id) => !others.has(id))
  return ids.flatMap((written) => {
    const id = canonicalId(idType, written)
    return id === undefined ? [] : [{ receiver: { idType, id } }]
  })
}
