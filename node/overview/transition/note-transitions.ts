import type { ChangedRegister, OnRegisterChange } from '../../access/served-sources.js'
import type { Clock } from '../../kernel/clock.js'
import type { FindToldCases } from '../../notifications/abonnement/find-told-cases.js'
import type { OnReceived } from '../../notifications/inbox-writer.js'
import { put, type Operation, type Store } from '../../stores/contracts.js'
import { transitionChecks, transitionKey, watchedMilliseconds, type TransitionCheck } from './transition-records.js'

/** The event that tells a gemeente of an indicatie, and the doel of the desk for which the transition is looked at. */
const toldBy = 'NIEUWE_INDICATIE_GEMEENTE'
const doel = 'WMO_UITVOERING'

/**
 * Notes, in the batch that stores the message, that there is an indicatie for an own case: so what has to be looked at is
 * never forgotten, whatever happens next.
 */
export function createNoteTransitions(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly findToldCases: FindToldCases
}): OnReceived {
  const { store, clock, findToldCases } = deps

  /** Of a case that is watched already it stays known which gap was told: the same one is not told twice. */
  async function note(about: Pick<TransitionCheck, 'party' | 'source' | 'clientID' | 'recordID'>): Promise<Operation> {
    const key = transitionKey(about)
    const now = clock.now()
    const { told, toldAt } = (await store.records.get(transitionChecks, key))?.value ?? {}
    const check: TransitionCheck = { ...about, state: 'due', since: now, dueAt: now, failures: 0, told, toldAt }
    return put(transitionChecks, key, check, { expiresAt: now + watchedMilliseconds })
  }

  return {
    name: 'overgang',
    async operations(message) {
      if (message.kind !== 'notificatie' || message.eventType !== toldBy) return []
      const recordIDs = new Set(message.subjectList.map(({ recordID }) => recordID))
      const told = (await findToldCases(message, 'overgang')).filter(({ own }) => own.doel === doel)
      const { party } = message
      return Promise.all(
        told.flatMap(({ source, active: { clientID } }) =>
          [...recordIDs].map((recordID) => note({ party, source, clientID, recordID })),
        ),
      )
    },
  }
}

/** The way from each type of a toewijzingsregister to the key of the client. */
const ways: Readonly<Record<string, string>> = { Besluit: 'clientID', Toewijzing: 'besluit.clientID' }

/**
 * Listens to changes of the own cases: a case with an indicatie is looked at again when its toewijzingen change, because
 * days without care can also come from there.
 */
export function createNoticeChangedTransitions(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
}): OnRegisterChange {
  const { store, clock } = deps
  return async ({ party, source, schema }: ChangedRegister, changes, view) => {
    if (schema !== 'toewijzingsregister-1') return []
    const clients = new Set<string>()
    for (const change of changes) {
      const way = ways[change.type]
      if (way === undefined) continue
      for (const clientID of await view.valuesAt(change, way)) clients.add(clientID.toLowerCase())
    }
    const operations: Operation[] = []
    for (const clientID of clients) {
      const { items } = await store.records.list(transitionChecks, { prefix: [party, source, clientID], limit: 100 })
      for (const { key, value } of items) {
        const due = { ...value, state: 'due', dueAt: clock.now(), failures: 0 } as const
        operations.push(put(transitionChecks, key, due, { expiresAt: value.since + watchedMilliseconds }))
      }
    }
    return operations
  }
}
