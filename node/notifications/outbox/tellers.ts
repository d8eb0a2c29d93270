import type { Collection, Key, Operation, Store } from '../../stores/contracts.js'
import { put } from '../../stores/contracts.js'
import type { EventType } from '../../../schemas/events.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'
import type { OnReceived } from '../inbox-writer.js'
import type { ReceivedMessage } from '../inbox-records.js'

/** Who told a party of a record first; by party and record. */
const tellers: Collection<MessageParty> = { name: 'outbox-tellers' }

/** Who told a party of what it acts upon: the zorgkantoor of a bemiddelingspecificatie, the gemeente of a toewijzing. */
export interface Tellers {
  /** The first that told `party` of a record and may have told; `undefined` when nobody did. */
  tellerOf(party: string, recordID: string): Promise<MessageParty | undefined>
  /** Remembers them, of the types of records that event types ask for. Whoever tells of it later takes nobody's place. */
  readonly onReceived: OnReceived
}

export function createTellers(
  eventTypes: readonly EventType[],
  { store }: { readonly store: Pick<Store, 'records'> },
): Tellers {
  /** By type of record: the role of who may be its teller. */
  const roles = new Map(
    eventTypes.flatMap(({ receivers, receiverRole }) =>
      receivers.by === 'afzender' ? [[receivers.of, receiverRole] as const] : [],
    ),
  )
  const find = async (key: Key): Promise<MessageParty | undefined> => (await store.records.get(tellers, key))?.value

  async function operations({ party, kind, sender, subjectList, ...message }: ReceivedMessage) {
    if (kind !== 'notificatie') return []
    const added: Operation[] = []
    for (const recordID of new Set(subjectList.map((subject) => subject.recordID))) {
      const role = roles.get(typeOf(recordID))
      const hasRole = role !== undefined && (sender.role === role || sender.role?.startsWith(`${role}-`) === true)
      const key = keyOf(party, recordID)
      // Of two that come in together the second conflicts, and finds the first when it is asked again.
      if (hasRole && (await find(key)) === undefined)
        added.push(
          put(tellers, key, { idType: message.afzenderIDType, id: message.afzenderID }, { expected: 'absent' }),
        )
    }
    return added
  }

  return {
    tellerOf: (party, recordID) => find(keyOf(party, recordID)),
    onReceived: { name: 'tellers', operations },
  }
}

/** Type and key: sources disagree about what stands before them, and about capitals. */
function keyOf(party: string, recordID: string): Key {
  return [party, recordID.split('/').slice(-2).join('/').toLowerCase()]
}

function typeOf(recordID: string): string {
  return recordID.split('/').at(-2) ?? ''
}
