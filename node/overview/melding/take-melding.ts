import type { Instant } from '../../kernel/clock.js'
import type { OrganizationIdType } from '../../../schemas/wire/notification.js'
import { put, type Operation, type Store } from '../../stores/contracts.js'
import {
  dueDay,
  keptMilliseconds,
  meldingen,
  meldingKey,
  recordIndex,
  sentMeldingen,
  type MeldingRecord,
} from './melding-records.js'

/** What is looked at of a message that came in. */
export interface IncomingMessage {
  readonly party: string
  readonly kind: 'notificatie' | 'melding'
  readonly notificatieID: string
  readonly receivedAt: Instant
  readonly afzenderIDType: OrganizationIdType
  readonly afzenderID: string
  readonly ontvangerKenmerk?: string | undefined
  readonly eventType: string
  readonly subjectList: readonly { readonly subject: string; readonly recordID: string }[]
  readonly sender: { readonly name?: string | undefined }
}

export const foutmelding = 'IWLZFOUTMELDING'
const codePattern = /^[A-Z]{1,8}[0-9]{1,6}$/

/**
 * What a message means for meldingen, for the batch that stores it: a foutmelding opens one for each record that it names;
 * a notificatie of a record that this party told something about answers that. A foutmelding whose subject is no code of a
 * rule is left to who reads the inbox.
 * @see iWlz RFC0018
 */
export function createTakeMelding({ records }: Pick<Store, 'records'>) {
  return async function takeMelding(message: IncomingMessage): Promise<readonly Operation[]> {
    return message.kind === 'melding' ? open(message) : answer(message)
  }

  function open(message: IncomingMessage): readonly Operation[] {
    const { party, notificatieID, receivedAt, afzenderIDType: idType, afzenderID: id, ontvangerKenmerk } = message
    if (message.eventType !== foutmelding) return []
    return message.subjectList.flatMap(({ subject, recordID }, at): readonly Operation[] => {
      if (!codePattern.test(subject)) return []
      const melding: MeldingRecord = {
        meldingID: message.subjectList.length === 1 ? notificatieID : `${notificatieID}.${String(at + 1)}`,
        party,
        rule: subject,
        recordID,
        sender: { idType, id, ...(message.sender.name === undefined ? {} : { name: message.sender.name }) },
        ...(ontvangerKenmerk === undefined ? {} : { kenmerk: ontvangerKenmerk }),
        receivedAt,
        dueOn: dueDay(receivedAt),
        state: 'open',
        history: [],
      }
      return [put(meldingen, meldingKey(melding), melding, { expected: 'absent' })]
    })
  }

  async function answer({ party, receivedAt, subjectList }: IncomingMessage): Promise<readonly Operation[]> {
    const operations: Operation[] = []
    const named = new Set(subjectList.map(({ recordID }) => recordIndex(party, recordID)))
    for (const value of named) {
      const { items } = await records.list(sentMeldingen, { index: { name: 'record', value }, limit: 100 })
      for (const { key, value: sent, version } of items)
        operations.push(
          put(
            sentMeldingen,
            key,
            { ...sent, answeredAt: receivedAt },
            { expected: version, expiresAt: sent.sentAt + keptMilliseconds },
          ),
        )
    }
    return operations
  }
}
