import { LRUCache } from 'lru-cache'
import type { Audit } from '../audit/audit.js'
import type { AuditEvent } from '../audit/event.js'
import { toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { put, type Collection, type Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import type { AuditCode } from '../../schemas/audit-codes.js'
import { importKeys, parseDidDocument, type ResolvedDid } from './did-document.js'
import { didWebFor } from './did-web.js'
import type { KeyStore } from './key-store.js'
import { createKeyUses } from './key-use.js'
import { changeParty, didDocumentOf, partyRecords, signingKey, type Party, type PartyKey } from './party.js'

/** Makes the id of a party unique, as its name already is. */
const partyIds: Collection<{ readonly subject: string }> = { name: 'party-ids' }

/** What is signed without an end of its own counts for an hour at most: presentations, proofs of possession. */
const shortLivedMilliseconds = 60 * 60_000

/** How long another replica may go on with a party that was deactivated. */
const keepMilliseconds = 5_000
const maxKept = 1_000

/** What of a party never changes. */
export type PartyName = Pick<Party, 'subject' | 'did'>

/** The parties of this node. One that is deactivated is not found, except by its DID. */
export interface Parties {
  /**
   * Makes a party with a did:web DID and a signing key. The key exists before the party does, so a stop half-way leaves
   * at most an unused key.
   * @throws `identity.party_exists` when the name or the id is or was taken, `request.bad_parameters` for a name or an id
   *   outside `[a-zA-Z0-9._-]+`
   */
  create(options: {
    readonly subject: string
    readonly id?: string | undefined
    readonly trace?: Trace
  }): Promise<Party>
  /**
   * Ends a party for good: nobody finds it any more, its document is gone and its keys are destroyed.
   * @throws `identity.party_unknown`, `identity.key_store_closed` when it is ended but a key could not be destroyed
   */
  deactivate(subject: string, trace?: Trace): Promise<void>
  find(subject: string): Promise<Party | undefined>
  /**
   * As `find`, from memory for five seconds, for what happens often. That this process deactivated a party shows at once,
   * that another replica did at the latest then.
   */
  findName(subject: string): Promise<PartyName | undefined>
  findByDid(did: string): Promise<Party | undefined>
  findById(id: string): Promise<Party | undefined>
  /** @throws `identity.party_unknown` */
  get(subject: string): Promise<Party>
  list(): Promise<readonly Party[]>
  /**
   * The document of a DID of this node with its keys; `undefined` for the DIDs of others.
   * @throws `identity.did_deactivated`
   */
  resolve(did: string): Promise<ResolvedDid | undefined>
  /**
   * Signs as the party with its signing key. `validUntil` is when what is signed stops to count; within an hour unless
   * given. The key cannot be taken away before then without force.
   * @throws `identity.key_unknown` for a key that the party does not have, `identity.key_store_closed` also when its
   *   private half is lost, `store.unavailable`
   */
  sign(party: Party, data: string | Buffer, validUntil?: Instant): Promise<Buffer>
  /** As `sign`, with a key of the party that need not be the one that signs now: for what was bound to it before. */
  signWith(party: Party, keyId: string, data: string | Buffer, validUntil?: Instant): Promise<Buffer>
  /**
   * The issuer URL of the party's authorization server, which is also its `client_id`: below the node's own URL, or below
   * `baseUrl` for whoever knows the node by that.
   */
  issuerUrl(party: Pick<Party, 'subject'>, baseUrl?: string): string
}

export interface PartiesDeps {
  readonly store: Store
  readonly keyStore: Pick<KeyStore, 'createKey' | 'sign' | 'deleteKey'>
  readonly audit: Audit
  readonly clock: Clock
  /** The public base URL of the node, without a slash at the end. */
  readonly url: string
}

const subjectPattern = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,64}$/
/** Texts from outside are looked up; the store refuses those that no index can hold. */
const indexablePattern = /^[\x21-\x7e]{1,512}$/

/** Keeps parties in the store and their keys in the key store. @see nuts-node v6 subjects */
export function createParties({ store, keyStore, audit, clock, url }: PartiesDeps): Parties {
  const uses = createKeyUses({ store, clock })
  const kept = new LRUCache<string, { readonly name: PartyName; readonly since: Instant }>({ max: maxKept })
  let deactivations = 0

  async function byIndex(name: string, value: string): Promise<Party | undefined> {
    if (!indexablePattern.test(value)) return undefined
    const page = await store.records.list(partyRecords, { index: { name, value }, limit: 1 })
    return page.items[0]?.value
  }

  async function find(subject: string): Promise<Party | undefined> {
    if (!subjectPattern.test(subject)) return undefined
    return ifActive((await store.records.get(partyRecords, [subject]))?.value)
  }

  async function findName(subject: string): Promise<PartyName | undefined> {
    const now = clock.now()
    const known = kept.get(subject)
    // A clock that was set back makes nothing last longer.
    if (known !== undefined && known.since <= now && now < known.since + keepMilliseconds) return known.name
    const before = deactivations
    const party = await find(subject)
    if (party === undefined) return undefined
    const name = { subject, did: party.did }
    // What was read before a party was deactivated is not kept after it.
    if (before === deactivations) kept.set(subject, { name, since: now })
    return name
  }

  const account = (code: AuditCode & `party.${string}`, action: AuditEvent['action'], party: Party, trace?: Trace) =>
    audit.operation({
      code,
      action,
      outcome: 'success',
      party: party.subject,
      actor: { did: party.did },
      ...(trace === undefined ? {} : { trace }),
    })

  const signWith: Parties['signWith'] = async (
    { subject, keys },
    keyId,
    data,
    validUntil = clock.now() + shortLivedMilliseconds,
  ) => {
    if (!keys.some((key) => key.keyId === keyId)) throw new NodeError('identity.key_unknown')
    await uses.remember(keyId, validUntil)
    try {
      return await keyStore.sign(keyId, data)
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'identity.key_unknown') throw cause
      // Taken away a moment ago, or lost: then the document still lists it, and that is the fault of this node.
      const stillListed = (await find(subject))?.keys.some((key) => key.keyId === keyId) === true
      if (!stillListed) throw cause
      const detail = `the private key ${keyId} is not in the key store`
      throw new NodeError('identity.key_store_closed', { detail, cause })
    }
  }

  return {
    async create({ subject, id = randomId(), trace }) {
      for (const [name, value] of Object.entries({ subject, id })) {
        if (subjectPattern.test(value)) continue
        throw new NodeError('request.bad_parameters', {
          notes: [`${name}: use 1 to 64 letters, digits, dots, underscores or hyphens`],
        })
      }
      // Before a key is made for it; two at the same moment meet in the batch below.
      if ((await find(subject)) !== undefined) throw new NodeError('identity.party_exists')
      const did = didWebFor(url, 'iam', id)
      const keyId = `${did}#${randomId()}`
      const createdAt = toRfc3339(clock.now())
      const party: Party = {
        subject,
        did,
        id,
        keys: [{ keyId, publicKey: await keyStore.createKey(keyId, 'ES256'), state: 'signing', addedAt: createdAt }],
        services: [],
        createdAt,
      }
      try {
        await store.write([
          put(partyRecords, [subject], party, { expected: 'absent' }),
          put(partyIds, [id], { subject }, { expected: 'absent' }),
          account('party.created', 'create', party, trace),
        ])
      } catch (cause) {
        if (NodeError.codeOf(cause) === 'store.conflict') throw new NodeError('identity.party_exists', { cause })
        throw cause
      }
      return party
    },
    async deactivate(subject, trace) {
      let destroyed: readonly PartyKey[] = []
      await changeParty(store, subject, async (party) => {
        destroyed = party.keys
        const ended = { ...party, keys: [], services: [], deactivatedAt: toRfc3339(clock.now()) }
        return { party: ended, account: account('party.removed', 'delete', party, trace) }
      })
      deactivations += 1
      kept.clear()
      for (const { keyId } of destroyed) await keyStore.deleteKey(keyId)
    },
    find,
    findName,
    findByDid: async (did) => ifActive(await byIndex('did', did)),
    findById: async (id) => ifActive(await byIndex('id', id)),
    async get(subject) {
      const party = await find(subject)
      if (party === undefined) throw new NodeError('identity.party_unknown')
      return party
    },
    list: async () =>
      (await readAll(store.records, partyRecords)).flatMap(({ value }) => (isActive(value) ? [value] : [])),
    async resolve(did) {
      const party = await byIndex('did', did)
      if (party === undefined) return undefined
      if (!isActive(party)) throw new NodeError('identity.did_deactivated', { detail: 'a party of this node' })
      return importKeys(parseDidDocument(didDocumentOf(party)))
    },
    sign: async (party, data, validUntil) => signWith(party, signingKey(party).keyId, data, validUntil),
    signWith,
    issuerUrl: (party, baseUrl = url) => `${baseUrl}/oauth2/${party.subject}`,
  }
}

function isActive({ deactivatedAt }: Party): boolean {
  return deactivatedAt === undefined
}

function ifActive(party: Party | undefined): Party | undefined {
  return party !== undefined && isActive(party) ? party : undefined
}
