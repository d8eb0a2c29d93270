import type { Replay } from '../audit/replay.js'
import { toRfc3339, type Clock } from '../kernel/clock.js'
import { put, type Operation, type Store, type Stored } from '../stores/contracts.js'
import type { KeyStore } from './key-store.js'
import { partyRecords, type Party } from './party.js'

export interface ReplayPartiesDeps {
  readonly store: Pick<Store, 'records'>
  readonly keyStore: Pick<KeyStore, 'deleteKey'>
  readonly clock: Clock
}

/**
 * Ends parties and keys again in a restored store; the private keys, which come from a copy of their own, are destroyed
 * again. A party that the backup does not know is not made: nobody can speak for it.
 */
export function createReplayParties({ store, keyStore, clock }: ReplayPartiesDeps): {
  readonly partyRemoved: Replay
  /** A party whose only signing key it was does not sign until it has another. */
  readonly keyRemoved: Replay
} {
  async function change(subject: string | undefined, toEnded: (party: Party) => Party): Promise<readonly Operation[]> {
    const stored = await findActive(subject)
    if (stored === undefined) return []
    const ended = toEnded(stored.value)
    const gone = stored.value.keys.filter(({ keyId }) => !ended.keys.some((key) => key.keyId === keyId))
    // First: after a stop half-way the store still says that it has to be done.
    for (const { keyId } of gone) await keyStore.deleteKey(keyId)
    return [put(partyRecords, stored.key, ended, { expected: stored.version })]
  }

  async function findActive(subject: string | undefined): Promise<Stored<Party> | undefined> {
    const stored = subject === undefined ? undefined : await store.records.get(partyRecords, [subject])
    return stored?.value.deactivatedAt === undefined ? stored : undefined
  }

  return {
    partyRemoved: ({ party, actor }) =>
      change(party, (found) =>
        // Another party of that name is none of this.
        found.did === actor?.did ? { ...found, keys: [], services: [], deactivatedAt: toRfc3339(clock.now()) } : found,
      ),
    keyRemoved: ({ party, object }) =>
      change(party, (found) => ({ ...found, keys: found.keys.filter(({ keyId }) => keyId !== object?.key) })),
  }
}
