import type { Audit } from '../audit/audit.js'
import { toRfc3339, type Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import type { Operation, Store } from '../stores/contracts.js'
import type { SignatureAlgorithm } from './public-key.js'
import type { KeyStore } from './key-store.js'
import { createKeyUses } from './key-use.js'
import type { Parties } from './parties.js'
import { changeParty, type Party, type PartyKey } from './party.js'
import { minimumAgeForRefetchMilliseconds } from './resolve-did.js'

/** A key as its administrator sees it. */
export interface PartyKeyView extends PartyKey {
  /** RFC 3339: until when something that it signed may count; absent when nothing does. */
  readonly neededUntil?: string
  /** The private half is not where the keys are kept; absent also while nobody can look there. */
  readonly lost?: true
}

/** Which key, of whom, on whose request. The key is named by its id or by the fragment of its id. */
export interface KeyRequest {
  readonly subject: string
  readonly key: string
  readonly trace?: Trace
}

/**
 * Changes the keys of parties without a gap: a key is added, then it signs, then it is retired, then it is removed. Each
 * change and its account are written together.
 */
export interface PartyKeys {
  /** @throws `identity.party_unknown` */
  list(subject: string): Promise<readonly PartyKeyView[]>
  /**
   * Publishes a new key that does not sign yet.
   * @throws `identity.party_unknown`, `identity.key_state` when the party has too many, `identity.key_store_closed`
   */
  add(request: {
    readonly subject: string
    readonly algorithm: SignatureAlgorithm
    readonly trace?: Trace
  }): Promise<PartyKey>
  /**
   * Makes the key the one that signs; the one that did is retired. A retired key can be promoted again. `force` promotes
   * a key that others may not have seen yet: what it signs can be refused for some seconds.
   * @throws `identity.party_unknown`, `identity.key_not_found`, `identity.key_state` when the key was added too recently
   */
  promote(request: KeyRequest & { readonly force?: true }): Promise<PartyKey>
  /**
   * Gives up a key that was added and never promoted, or says again that it is retired.
   * @throws `identity.party_unknown`, `identity.key_not_found`, `identity.key_state` for the key that signs
   */
  retire(request: KeyRequest): Promise<PartyKey>
  /**
   * Takes the key out of the document and destroys it. `force` does so although what it signed still counts, which then
   * no longer verifies.
   * @throws `identity.party_unknown`, `identity.key_not_found`, `identity.key_state` for the key that signs,
   *   `identity.key_in_use`, `identity.key_store_closed` when it is out of the document but could not be destroyed
   */
  remove(request: KeyRequest & { readonly force?: true }): Promise<void>
}

export interface PartyKeysDeps {
  readonly store: Store
  readonly keyStore: Pick<KeyStore, 'createKey' | 'deleteKey' | 'listKeys'>
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Pick<Parties, 'get'>
}

/**
 * A key signs no sooner than this after it was published: by then everyone who has an older document asks for a new one
 * when they meet the key.
 */
export const promoteAfterMilliseconds = minimumAgeForRefetchMilliseconds + 5_000
/** A DID document lists at most a hundred methods; nobody needs that many. */
const maxKeys = 20

type KeyCode = 'key.made' | 'key.promoted' | 'key.retired' | 'key.removed'

/** Changes keys in the store and the key store. */
export function createPartyKeys({ store, keyStore, audit, clock, parties }: PartyKeysDeps): PartyKeys {
  const uses = createKeyUses({ store, clock })

  const account = (code: KeyCode, party: Party, { keyId }: PartyKey, trace: Trace | undefined): Operation =>
    audit.operation({
      code,
      action: code === 'key.made' ? 'create' : code === 'key.removed' ? 'delete' : 'update',
      outcome: 'success',
      party: party.subject,
      actor: { did: party.did },
      object: { key: keyId },
      ...(trace === undefined ? {} : { trace }),
    })

  /** Changes one key of a party, found anew in every attempt. */
  async function changeKey(
    { subject, key: name, trace }: KeyRequest,
    code: KeyCode,
    change: (key: PartyKey, party: Party) => readonly PartyKey[],
  ): Promise<Party> {
    return changeParty(store, subject, async (party) => {
      const key = getKey(party, name)
      return { party: { ...party, keys: change(key, party) }, account: account(code, party, key, trace) }
    })
  }

  return {
    async list(subject) {
      const { keys } = await parties.get(subject)
      // A list must be had too while the place of the keys is away.
      const kept = await keyStore.listKeys().catch(() => undefined)
      return Promise.all(
        keys.map(async (key) => {
          const until = await uses.find(key.keyId)
          const needed = until === undefined ? {} : { neededUntil: toRfc3339(until) }
          return { ...key, ...needed, ...(kept?.includes(key.keyId) === false ? ({ lost: true } as const) : {}) }
        }),
      )
    },

    async add({ subject, algorithm, trace }) {
      const { did, keys } = await parties.get(subject)
      // Before a key is made for it; two at the same moment make one too many at most.
      if (keys.length >= maxKeys) throw wrongState(`the subject has ${String(maxKeys)} keys; remove one first`)
      const keyId = `${did}#${randomId()}`
      const publicKey = await keyStore.createKey(keyId, algorithm)
      const key: PartyKey = { keyId, publicKey, state: 'added', addedAt: toRfc3339(clock.now()) }
      await changeParty(store, subject, async (party) => ({
        party: { ...party, keys: [...party.keys, key] },
        account: account('key.made', party, key, trace),
      }))
      return key
    },

    async promote(request) {
      const changed = await changeKey(request, 'key.promoted', (key, party) => {
        const now = clock.now()
        const readyAt = Date.parse(key.addedAt) + promoteAfterMilliseconds
        if (key.state === 'signing') throw wrongState('the key signs already')
        if (readyAt > now && request.force !== true) {
          throw wrongState(
            `others may not know the key yet; it can sign from ${toRfc3339(readyAt + 999)}, or sooner by force`,
          )
        }
        return party.keys.map((other) => {
          if (other.keyId === key.keyId)
            return { ...withoutRetirement(key), state: 'signing', promotedAt: toRfc3339(now) }
          return other.state === 'signing' ? { ...other, state: 'retired', retiredAt: toRfc3339(now) } : other
        })
      })
      return getKey(changed, request.key)
    },

    async retire(request) {
      const changed = await changeKey(request, 'key.retired', (key, party) => {
        if (key.state === 'signing') throw wrongState('the key signs; promote another one, which retires this one')
        if (key.state === 'retired') throw wrongState('the key is retired already')
        const retired: PartyKey = { ...key, state: 'retired', retiredAt: toRfc3339(clock.now()) }
        return party.keys.map((other) => (other.keyId === key.keyId ? retired : other))
      })
      return getKey(changed, request.key)
    },

    async remove(request) {
      const { keyId } = getKey(await parties.get(request.subject), request.key)
      const until = await uses.find(keyId)
      if (until !== undefined && request.force !== true) {
        throw new NodeError('identity.key_in_use', {
          notes: [`it may be needed until ${toRfc3339(until)}; what it signed no longer verifies once it is removed`],
        })
      }
      await changeKey({ ...request, key: keyId }, 'key.removed', (key, party) => {
        if (key.state === 'signing') throw wrongState('the key signs; promote another one first')
        return party.keys.filter((other) => other.keyId !== keyId)
      })
      await keyStore.deleteKey(keyId)
    },
  }
}

function getKey({ keys, did }: Party, name: string): PartyKey {
  const key = keys.find(({ keyId }) => keyId === name || keyId === `${did}#${name}`)
  if (key === undefined) throw new NodeError('identity.key_not_found')
  return key
}

function withoutRetirement({ retiredAt: _, ...key }: PartyKey): PartyKey {
  return key
}

function wrongState(note: string): NodeError {
  return new NodeError('identity.key_state', { notes: [note] })
}
