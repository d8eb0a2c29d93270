import type { Audit } from '../audit/audit.js'
import { epochSeconds, toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId } from '../kernel/random.js'
import type { Trace } from '../kernel/trace.js'
import { put, type Collection, type Operation, type Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import { retryConflict } from '../stores/retry-conflict.js'
import type { Parties } from '../identity/parties.js'
import { signingKey, type Party } from '../identity/party.js'
import { baseContext, baseType, parseCompactCredential, parseObjectCredential, type Credential } from './credential.js'
import { signJwt } from './jwt.js'
import { addProof } from './proofs/add-proof.js'
import { jws2020Context } from './proofs/json-web-signature.js'
import type { LinkedData } from './proofs/linked-data.js'
import type { StatusKind } from './status/kinds.js'
import type { Allocation } from './status/allocate.js'
import type { StatusLists } from './status/status-lists.js'
import { checkTypeRules } from './types/table.js'

/** What an issuer keeps of a credential. */
export interface IssuedCredential {
  readonly id: string
  readonly issuer: string
  readonly type: string
  readonly subjectId: string
  readonly issuedAt: string
  readonly expiresAt?: string
  /** As it left: a compact JWT, or the JSON text of an object. */
  readonly raw: string
}

export const issuedCredentials: Collection<IssuedCredential> = {
  name: 'issued-credentials',
  indexes: { issuer: (issued) => issued.issuer },
}

/** What to say about whom. */
export interface IssueRequest {
  readonly issuer: Party
  readonly type: string
  /** With the DID of the subject as `id`. */
  readonly subject: Readonly<Record<string, unknown>>
  /** In whole seconds; without it the credential does not end, which not every type allows. */
  readonly expiresAt?: Instant
  /** `jwt_vc` unless given. */
  readonly format?: 'jwt_vc' | 'ldp_vc'
  /** Contexts beside those that the format itself needs. */
  readonly contexts?: readonly string[]
  /** Where it can be revoked or suspended; as its type has it unless given, and nowhere when empty. */
  readonly status?: readonly StatusKind[]
  readonly trace?: Trace
  /** The rule by which it is given without anybody asking, for the journal. */
  readonly rule?: string
  /** What is written in the batch that records the credential, so that both are there or neither is. */
  readonly alongside?: (credential: Credential) => readonly Operation[]
}

/** Issues credentials. */
export interface Issuer {
  /**
   * Issues a credential of VC Data Model 1.1: a JWT, or an object with a `JsonWebSignature2020` proof. It leaves only
   * after the audit journal has it.
   * @throws `credential.type_unknown`, `credential.rule_broken`, `request.bad_parameters` for an end that is not at least
   *   a second away, `credential.context` for an object with a term that no context defines, `store.unavailable`
   * @see VC Data Model 1.1 section 6.3.1; nuts-node v6 for what a linked-data credential holds
   */
  issue(request: IssueRequest): Promise<Credential>
  /** What the party issued, oldest first. */
  list(issuer: Party): Promise<readonly IssuedCredential[]>
}

export interface IssuerDeps {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Parties
  readonly statusLists: Pick<StatusLists, 'allocate'>
  readonly linkedData: LinkedData
}

/** A credential before it is signed. */
interface Draft {
  readonly issuer: Party
  readonly type: string
  readonly subject: Readonly<Record<string, unknown>>
  readonly contexts: readonly string[]
  readonly expiresAt: Instant | undefined
  readonly now: Instant
  readonly id: string
  readonly places: Allocation
}

/** One entry is an object, as nuts-node v6 writes it; several are a list. */
function oneOrList(entries: Allocation['entries']): unknown {
  return entries.length > 1 ? entries : entries[0]
}

/** Issues with the parties of this node. */
export function createIssuer({ store, audit, clock, parties, statusLists, linkedData }: IssuerDeps): Issuer {
  async function signToken(draft: Draft): Promise<Credential> {
    const { issuer, type, subject, contexts, expiresAt, now, id, places } = draft
    const start = epochSeconds(now)
    const { keyId, algorithm } = signingKey(issuer)
    const compact = await signJwt({
      header: { alg: algorithm, typ: 'JWT', kid: keyId },
      claims: {
        iss: issuer.did,
        sub: subject['id'],
        jti: id,
        nbf: start,
        iat: start,
        ...(expiresAt === undefined ? {} : { exp: epochSeconds(expiresAt) }),
        vc: {
          '@context': [...new Set([baseContext, ...contexts])],
          type: [baseType, type],
          credentialSubject: [subject],
          credentialStatus: oneOrList(places.entries),
        },
      },
      sign: (input) => parties.sign(issuer, input, expiresAt ?? Infinity),
    })
    return parseCompactCredential(compact)
  }

  /** Only members that nuts-node v6 keeps, and whole seconds: it writes the object again before it verifies. */
  async function signObject(draft: Draft): Promise<Credential> {
    const { issuer, type, subject, contexts, expiresAt, now, id, places } = draft
    const credentialStatus = oneOrList(places.entries)
    const document = {
      '@context': [...new Set([baseContext, ...contexts, ...places.contexts, jws2020Context])],
      id,
      type: [baseType, type],
      issuer: issuer.did,
      issuanceDate: toRfc3339(now),
      ...(expiresAt === undefined ? {} : { expirationDate: toRfc3339(expiresAt) }),
      credentialSubject: subject,
      ...(credentialStatus === undefined ? {} : { credentialStatus }),
    }
    const object = await addProof(document, {
      kind: 'JsonWebSignature2020',
      signer: { ...signingKey(issuer), sign: (input) => parties.sign(issuer, input, expiresAt ?? Infinity) },
      purpose: 'assertionMethod',
      created: now,
      linkedData,
    })
    return parseObjectCredential(object)
  }

  return {
    async issue({ issuer, type, subject: given, expiresAt, format = 'jwt_vc', contexts = [], status, trace, ...more }) {
      const now = clock.now()
      // In whole seconds, as it stands in the credential.
      if (expiresAt !== undefined && !(epochSeconds(expiresAt) > epochSeconds(now))) {
        throw new NodeError('request.bad_parameters', { notes: ['expirationDate: lies in the past'] })
      }
      const row = checkTypeRules({ type, subject: given, expiresAt, issuer: issuer.did })
      const subject = row.spell?.(given) ?? given
      if (row.trust === 'nobody') {
        throw new NodeError('credential.rule_broken', { notes: [`a ${type} is kept by the node itself`] })
      }
      if (row.trust === 'holder' && subject['id'] !== issuer.did) {
        throw new NodeError('credential.rule_broken', {
          notes: [`a ${type} is the holder’s own word: issuer and subject are one`],
        })
      }
      const kinds = status ?? row.statusPurposes.map((purpose): StatusKind => ({ list: 'StatusList2021', purpose }))
      // Somebody who took the same places at the same moment makes it start again.
      return retryConflict(async () => {
        const id = `${issuer.did}#${randomId()}`
        const places = await statusLists.allocate({ issuer, credentialId: id, kinds })
        const draft: Draft = { issuer, type, subject, contexts, expiresAt, now, id, places }
        const credential = await (format === 'jwt_vc' ? signToken(draft) : signObject(draft))
        const issued: IssuedCredential = {
          id,
          issuer: issuer.did,
          type,
          subjectId: credential.subjectId,
          issuedAt: toRfc3339(now),
          ...(expiresAt === undefined ? {} : { expiresAt: toRfc3339(expiresAt) }),
          raw: credential.raw,
        }
        await store.write([
          put(issuedCredentials, [issuer.did, issued.issuedAt, id], issued, { expected: 'absent' }),
          ...places.operations,
          audit.operation({
            code: 'credential.issued',
            action: 'create',
            outcome: 'success',
            party: issuer.subject,
            actor: { did: issuer.did },
            object: { credential: id, credentialType: type, ...places.account },
            ...(more.rule === undefined ? {} : { rule: more.rule }),
            ...(trace === undefined ? {} : { trace }),
          }),
          ...(more.alongside?.(credential) ?? []),
        ])
        return credential
      })
    },
    async list(issuer) {
      return (await readAll(store.records, issuedCredentials, [issuer.did])).map(({ value }) => value)
    },
  }
}

/**
 * A credential in which a party speaks about itself; it has no proof of its own and counts only inside a presentation
 * that the party signs.
 * @throws `credential.type_unknown`, `credential.rule_broken`
 */
export function createSelfAttested(options: {
  readonly party: Party
  readonly type: string
  readonly subject: Readonly<Record<string, unknown>>
  readonly now: Instant
}): Credential {
  const { party, type, now } = options
  const subject = { ...options.subject, id: party.did }
  const row = checkTypeRules({ type, subject, expiresAt: undefined, issuer: party.did })
  if (row.trust !== 'holder') {
    throw new NodeError('credential.rule_broken', { notes: [`a ${type} cannot be said by the holder itself`] })
  }
  return parseObjectCredential({
    '@context': [baseContext, 'https://nuts.nl/credentials/v1'],
    type: [baseType, type],
    id: `urn:uuid:${randomId()}`,
    issuer: party.did,
    issuanceDate: toRfc3339(now),
    credentialSubject: subject,
  })
}
