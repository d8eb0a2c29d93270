import type { Audit } from '../audit/audit.js'
import type { Clock } from '../kernel/clock.js'
import { toRfc3339 } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { put, type Collection, type Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import type { DidDocumentData } from '../../schemas/did-document.js'
import type { PublicKey } from '../../schemas/jwk.js'
import { didWebFor } from './did-web.js'
import type { SignatureAlgorithm } from './did-document.js'
import type { KeyStore } from './key-store.js'
import { algorithmOf } from './private-key.js'

/** An organisation this node speaks for. */
export interface Party {
  /** Local name; part of its OAuth URLs. */
  readonly subject: string
  readonly did: string
  /** The last part of the did:web path. */
  readonly id: string
  /** Its keys; the first one signs. */
  readonly keys: readonly { readonly keyId: string; readonly publicKey: PublicKey }[]
  /** RFC 3339. */
  readonly createdAt: string
}

/** Makes the id of a party unique, as its name already is. */
const partyIds: Collection<{ readonly subject: string }> = { name: 'party-ids' }
const parties: Collection<Party> = {
  name: 'parties',
  indexes: { did: (party) => party.did, id: (party) => party.id },
}

/** The parties of this node. */
export interface Parties {
  /**
   * Makes a party with a did:web DID and a signing key. The key exists before the party does, so a stop half-way leaves
   * at most an unused key.
   * @throws `identity.party_exists` when the name or the id is taken, `request.bad_parameters` for a name or an id
   *   outside `[a-zA-Z0-9._-]+`
   */
  create(options: {
    readonly subject: string
    readonly id?: string | undefined
    readonly trace?: Trace
  }): Promise<Party>
  find(subject: string): Promise<Party | undefined>
  findByDid(did: string): Promise<Party | undefined>
  findById(id: string): Promise<Party | undefined>
  /** @throws `identity.party_unknown` */
  get(subject: string): Promise<Party>
  list(): Promise<readonly Party[]>
  /** Signs as the party with its current key. @throws `identity.key_unknown`, `identity.key_store_closed` */
  sign(party: Party, data: string): Promise<Buffer>
  /** The issuer URL of the party's authorization server, which is also its `client_id`. */
  issuerUrl(party: Pick<Party, 'subject'>): string
}

export interface PartiesDeps {
  readonly store: Store
  readonly keyStore: KeyStore
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
  const byIndex = async (name: string, value: string): Promise<Party | undefined> => {
    if (!indexablePattern.test(value)) return undefined
    const page = await store.records.list(parties, { index: { name, value }, limit: 1 })
    return page.items[0]?.value
  }
  const find = async (subject: string): Promise<Party | undefined> =>
    subjectPattern.test(subject) ? (await store.records.get(parties, [subject]))?.value : undefined

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
      const party: Party = {
        subject,
        did,
        id,
        keys: [{ keyId, publicKey: await keyStore.createKey(keyId, 'ES256') }],
        createdAt: toRfc3339(clock.now()),
      }
      const event = audit.operation({
        code: 'party.created',
        action: 'create',
        outcome: 'success',
        party: subject,
        actor: { did },
        ...(trace === undefined ? {} : { trace }),
      })
      try {
        await store.write([
          put(parties, [subject], party, { expected: 'absent' }),
          put(partyIds, [id], { subject }, { expected: 'absent' }),
          event,
        ])
      } catch (cause) {
        if (NodeError.codeOf(cause) === 'store.conflict') throw new NodeError('identity.party_exists', { cause })
        throw cause
      }
      return party
    },
    find,
    findByDid: (did) => byIndex('did', did),
    findById: (id) => byIndex('id', id),
    async get(subject) {
      const party = await find(subject)
      if (party === undefined) throw new NodeError('identity.party_unknown')
      return party
    },
    list: async () => (await readAll(store.records, parties)).map(({ value }) => value),
    sign: async (party, data) => keyStore.sign(signingKey(party).keyId, data),
    issuerUrl: (party) => `${url}/oauth2/${party.subject}`,
  }
}

/** The key that the party signs with, as a signature names it. @throws `identity.key_unknown` */
export function signingKey(party: Party): { readonly keyId: string; readonly algorithm: SignatureAlgorithm } {
  const [first] = party.keys
  if (first === undefined) throw new NodeError('identity.key_unknown', { detail: 'the party has no key' })
  return { keyId: first.keyId, algorithm: algorithmOf(first.publicKey) }
}

/**
 * The DID document of a party, as served at `/iam/{id}/did.json`.
 * @see DID Core section 5; nuts-node v6: absolute key ids, four relationships, JsonWebKey2020
 */
export function didDocumentOf(party: Party): DidDocumentData & Record<string, unknown> {
  const keyIds = party.keys.map((key) => key.keyId)
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json'],
    id: party.did,
    verificationMethod: party.keys.map(({ keyId, publicKey }) => ({
      id: keyId,
      type: 'JsonWebKey2020',
      controller: party.did,
      publicKeyJwk: publicKey,
    })),
    assertionMethod: keyIds,
    authentication: keyIds,
    capabilityInvocation: keyIds,
    capabilityDelegation: keyIds,
    service: [],
  }
}
