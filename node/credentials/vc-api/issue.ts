import type { Audit } from '../../audit/audit.js'
import { toRfc3339, type Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { randomId } from '../../kernel/random.js'
import type { Trace } from '../../kernel/trace.js'
import type { Parties } from '../../identity/parties.js'
import type { Party } from '../../identity/party.js'
import { put, type Store } from '../../stores/contracts.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { Credential2 } from '../../../schemas/credentials/data-model-2.js'
import { asArray, baseContextV2, baseType, type JsonObject } from '../credential.js'
import { issuedCredentials } from '../issue.js'
import { signJwt } from '../jwt.js'
import { addProof } from '../proofs/add-proof.js'
import { algorithmOf, type Cryptosuite } from '../proofs/data-integrity.js'
import type { LinkedData } from '../proofs/linked-data.js'
import type { StatusLists } from '../status/status-lists.js'
import type { FindAlias, IssuerAlias } from './aliases.js'
import { idOf, parseCredential2 } from './structure.js'

/** How an issuer instance secures what it issues. */
export type Securing = Cryptosuite | 'vc+jwt'

/**
 * Issues credentials of data model 2.0 that the caller wrote, for wallets and test suites. Any type goes whose terms the
 * contexts define; a known type with a known issuer is for `Issuer`.
 */
export interface VcIssuer {
  /**
   * The credential as it was given, with a place in a status list and a proof, or in an envelope. One that has a proof
   * already gets one more and no place, which that proof would not cover. It leaves only after the audit journal has it.
   * @throws `credential.malformed`, `credential.context`, `identity.party_unknown` for an issuer that is not of this node,
   *   `identity.key_unknown` for one without a key for `securing`
   */
  issue(request: {
    readonly credential: unknown
    readonly securing: Securing
    readonly trace: Trace
  }): Promise<JsonObject>
}

export interface VcIssuerDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Pick<Parties, 'signWith'>
  readonly linkedData: LinkedData
  readonly findAlias: FindAlias
  readonly statusLists: Pick<StatusLists, 'allocate'>
}

type AliasKey = IssuerAlias['keys'][number]
/** Until when a credential without an end counts. */
const lastInstant = Date.parse('9999-12-31T00:00:00Z')

export function createVcIssuer(deps: VcIssuerDeps): VcIssuer {
  const { store, audit, clock, parties, linkedData } = deps

  async function secure(document: JsonObject, party: Party, key: AliasKey, securing: Securing): Promise<JsonObject> {
    const { validUntil } = document
    const until = typeof validUntil === 'string' ? Date.parse(validUntil) : lastInstant
    const { keyId, algorithm } = key
    const sign = (input: Buffer | string): Promise<Buffer> => parties.signWith(party, key.key.keyId, input, until)
    if (securing !== 'vc+jwt') {
      const signer = { keyId, algorithm, sign }
      const created = clock.now()
      const { proof: before, ...unsecured } = document
      const options = { kind: securing, signer, purpose: 'assertionMethod', created, linkedData } as const
      const secured = await addProof(unsecured, options)
      // One more in the set.
      return before === undefined ? secured : { ...secured, proof: [...asArray<unknown>(before), secured['proof']] }
    }
    await linkedData.canonicalize(document, { undefinedTerms: 'refuse-and-name' })
    const header = { alg: algorithm, typ: 'vc+jwt', cty: 'vc', kid: keyId }
    const compact = await signJwt({ header, claims: document, sign })
    return {
      '@context': baseContextV2,
      type: 'EnvelopedVerifiableCredential',
      id: `data:application/vc+jwt,${compact}`,
    }
  }

  return {
    async issue({ credential: value, securing, trace }) {
      const credential = parseCredential2(value)
      const alias = await deps.findAlias(idOf(credential.issuer))
      if (alias === undefined) {
        throw new NodeError('identity.party_unknown', { notes: ['issuer: not a DID that this node issues under'] })
      }
      const { party } = alias
      const key = keyFor(alias, securing)
      const issuedAt = toRfc3339(clock.now())
      const recordId = credential.id ?? `urn:uuid:${randomId()}`
      // Somebody who took the same place at the same moment makes it start again.
      return retryConflict(async () => {
        const { entries, operations, account } = await deps.statusLists.allocate({
          issuer: party,
          credentialId: recordId,
          kinds: credential['proof'] === undefined ? [{ list: 'BitstringStatusList', purpose: 'revocation' }] : [],
        })
        const secured = await secure(withStatus(value as JsonObject, entries), party, key, securing) // An object: it has a shape.
        const issued = {
          id: recordId,
          issuer: party.did,
          type: specificTypeOf(credential),
          subjectId: subjectIdOf(credential),
          issuedAt,
          ...(credential.validUntil === undefined ? {} : { expiresAt: credential.validUntil }),
          raw: JSON.stringify(secured),
        }
        await store.write([
          ...operations,
          put(issuedCredentials, [party.did, issuedAt, `${recordId} ${randomId()}`], issued, { expected: 'absent' }),
          audit.operation({
            code: 'credential.issued',
            action: 'create',
            outcome: 'success',
            party: party.subject,
            actor: { did: party.did },
            object: { credential: recordId, credentialType: issued.type, ...account },
            trace,
          }),
        ])
        return secured
      })
    },
  }
}

function keyFor({ keys }: IssuerAlias, securing: Securing): AliasKey {
  const key = securing === 'vc+jwt' ? keys[0] : keys.find(({ algorithm }) => algorithm === algorithmOf(securing))
  if (key !== undefined) return key
  throw new NodeError('identity.key_unknown', { notes: [`issuer: has no key for ${securing}; add one`] })
}

/** A place in a list of ours, beside what the caller has. @see Bitstring Status List 1.0 section 2.1 */
function withStatus(document: JsonObject, entries: readonly object[]): JsonObject {
  const before = document['credentialStatus']
  const [entry] = entries
  if (entry === undefined) return document
  return { ...document, credentialStatus: before === undefined ? entry : [...asArray<unknown>(before), ...entries] }
}

function subjectIdOf({ credentialSubject }: Credential2): string {
  const id = asArray<JsonObject>(credentialSubject)[0]?.['id']
  return typeof id === 'string' ? id : ''
}

function specificTypeOf({ type }: Credential2): string {
  return asArray(type).find((name) => name !== baseType) ?? baseType
}
