import { z } from 'zod'
import { epochSeconds, toRfc3339, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { pathOfFault } from '../kernel/schema-faults.js'
import {
  credentialClaimsSchema,
  credentialObjectSchema,
  type CredentialObject,
} from '../../schemas/credentials/credential.js'
import { decodeJwt, type DecodedJwt, type SignedJwt } from './jwt.js'

const readClaims = z.compile(credentialClaimsSchema)
const readObject = z.compile(credentialObjectSchema)

export const baseContext = 'https://www.w3.org/2018/credentials/v1'
export const baseContextV2 = 'https://www.w3.org/ns/credentials/v2'
export const baseType = 'VerifiableCredential'

/** A JSON object from outside. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Versions of the W3C VC Data Model. */
export type DataModel = '1.1' | '2.0'

/**
 * How a credential is secured, by the names that submissions and definitions use.
 *
 * - `jwt_vc`: a JWT of data model 1.1, with a `vc` claim.
 * - `vc+jwt`: a JWT of data model 2.0, whose payload is the credential itself.
 * - `ldp_vc`: a JSON object with proofs inside, or without any: the holder's own word.
 */
export type CredentialFormat = 'jwt_vc' | 'ldp_vc' | 'vc+jwt'

/** A credential taken apart: parsed, not trusted. */
export interface Credential {
  readonly format: CredentialFormat
  readonly dataModel: DataModel
  /** The compact JWT; for an object its JSON text. */
  readonly raw: string
  readonly jwt: SignedJwt | undefined
  /** The object as it came, with its proofs; for a JWT `undefined`. */
  readonly object: JsonObject | undefined
  /** The proofs of an object, as written; none for a JWT or for the holder's own word. */
  readonly proofs: readonly JsonObject[]
  readonly id: string
  /** As written, with `VerifiableCredential`. */
  readonly types: readonly string[]
  /** The type beside `VerifiableCredential`. */
  readonly type: string
  readonly issuer: string
  /** The DID that the credential is about; several subjects have it in common. */
  readonly subjectId: string
  /** The first subject. The types of the table have exactly one. */
  readonly subject: JsonObject
  readonly subjects: readonly JsonObject[]
  /** `undefined` only for data model 2.0, where a beginning is optional. */
  readonly issuedAt: Instant | undefined
  readonly expiresAt: Instant | undefined
  /** The `credentialStatus` objects, as written. */
  readonly statusEntries: readonly JsonObject[]
  /** What the paths of a presentation definition run on. @see nuts-node v6 presentation exchange */
  readonly view: JsonObject
}

/**
 * Takes a compact JWT credential apart: of data model 2.0 when its header says `vc+jwt`, of data model 1.1 otherwise.
 * Does not verify it.
 * @throws `credential.malformed`
 */
export function parseCompactCredential(compact: string): Credential {
  const jwt = decodeJwt(compact, 'credential.malformed')
  return jwt.header.typ === 'vc+jwt' ? fromJoseJwt(jwt) : fromClaims(jwt)
}

/** What the `vc` claim repeats must say the same as the registered claims, to the second. @see VC Data Model 1.1 section 6.3.1 */
function fromClaims(jwt: DecodedJwt): Credential {
  const parsed = readClaims.safeParse(jwt.claims)
  if (!parsed.success) throw malformed(`claims: ${pathOfFault(parsed.error)}`)
  const { iss, sub, jti, nbf, exp, vc } = parsed.data
  const { subjectId, subjects } = readSubjects(asArray<JsonObject>(vc.credentialSubject), sub)
  if (
    (vc.issuer !== undefined && vc.issuer !== iss) ||
    (vc.id !== undefined && vc.id !== jti) ||
    (vc.issuanceDate !== undefined && !isSecond(vc.issuanceDate, nbf)) ||
    (vc.expirationDate !== undefined && (exp === undefined || !isSecond(vc.expirationDate, exp)))
  ) {
    throw malformed('the vc claim contradicts the registered claims')
  }
  const types = asArray(vc.type)
  if (!asArray(vc['@context']).includes(baseContext)) throw malformed('context')
  const issuedAt = nbf * 1000
  const expiresAt = exp === undefined ? undefined : exp * 1000
  return {
    format: 'jwt_vc',
    dataModel: '1.1',
    raw: jwt.compact,
    jwt: { compact: jwt.compact, header: jwt.header },
    object: undefined,
    proofs: [],
    id: jti,
    types,
    type: specificType(types),
    issuer: iss,
    subjectId,
    ...subjects,
    issuedAt,
    expiresAt,
    statusEntries: statusEntriesOf(vc.credentialStatus),
    // Not spread: a copy that grows while it is made takes ten times as long.
    view: Object.assign(
      {},
      vc,
      { id: jti, issuer: iss, type: types, issuanceDate: toDateText(issuedAt), credentialSubject: subjects.subjects },
      expiresAt === undefined ? undefined : { expirationDate: toDateText(expiresAt) },
    ),
  }
}

/**
 * A JWT whose payload is the credential itself. A `vc` claim makes it neither one thing nor the other.
 * @see VC-JOSE-COSE sections 3.1 and 3.3
 */
function fromJoseJwt(jwt: DecodedJwt): Credential {
  const { claims } = jwt
  if (typeof claims === 'object' && claims !== null && ('vc' in claims || 'vp' in claims || 'proof' in claims)) {
    throw malformed('a vc+jwt holds the credential itself, without a vc claim or a proof')
  }
  if (jwt.header.cty !== undefined && jwt.header.cty !== 'vc') throw malformed('content type')
  const credential = parseObjectCredential(claims)
  if (credential.dataModel !== '2.0') throw malformed('a vc+jwt is of data model 2.0')
  // The schema above took it for an object; what else it holds is unknown.
  const registered = claims as { readonly iss?: unknown; readonly sub?: unknown; readonly jti?: unknown }
  if (
    (registered.iss ?? credential.issuer) !== credential.issuer ||
    (registered.sub ?? credential.subjectId) !== credential.subjectId ||
    (registered.jti ?? credential.id) !== credential.id
  ) {
    throw malformed('the credential contradicts the registered claims')
  }
  const { compact, header } = jwt
  return { ...credential, format: 'vc+jwt', raw: compact, jwt: { compact, header }, object: undefined }
}

/**
 * Takes a credential object apart, of either data model, with or without proofs. Does not verify anything: without a
 * proof it is what somebody says about itself at most.
 * @throws `credential.malformed`
 */
export function parseObjectCredential(value: unknown): Credential {
  const parsed = readObject.safeParse(value)
  if (!parsed.success) throw malformed(`object: ${pathOfFault(parsed.error)}`)
  const object: CredentialObject = parsed.data
  const { subjectId, subjects } = readSubjects(asArray<JsonObject>(object.credentialSubject), undefined)
  const types = asArray(object.type)
  const dataModel = dataModelOf(asArray(object['@context']))
  const dates =
    dataModel === '1.1'
      ? { begin: object.issuanceDate ?? '', end: object.expirationDate }
      : { begin: object.validFrom, end: object.validUntil }
  return {
    format: 'ldp_vc',
    dataModel,
    raw: JSON.stringify(value),
    jwt: undefined,
    object,
    proofs: object.proof === undefined ? [] : asArray<JsonObject>(object.proof),
    id: object.id,
    types,
    type: specificType(types),
    issuer: typeof object.issuer === 'string' ? object.issuer : object.issuer.id,
    subjectId,
    ...subjects,
    issuedAt: dates.begin === undefined ? undefined : parseDate(dates.begin),
    expiresAt: dates.end === undefined ? undefined : parseDate(dates.end),
    statusEntries: statusEntriesOf(object.credentialStatus),
    view: { ...object, credentialSubject: subjects.subjects.length === 1 ? subjects.subject : subjects.subjects },
  }
}

/** nuts-node writes its contexts in any order; data model 2.0 has its own first. */
function dataModelOf(contexts: readonly string[]): DataModel {
  const isFirst = contexts.includes(baseContext)
  const isSecond = contexts[0] === baseContextV2
  if (isFirst === isSecond) throw malformed('context')
  return isFirst ? '1.1' : '2.0'
}

/** Several subjects are several statements about one; `sub` names it for all of them. */
function readSubjects(
  written: readonly JsonObject[],
  sub: string | undefined,
): { readonly subjectId: string; readonly subjects: Pick<Credential, 'subject' | 'subjects'> } {
  const [first, ...others] = written
  const subjectId = sub ?? first?.['id']
  if (first === undefined || typeof subjectId !== 'string') throw malformed('the subject is not named')
  const withId = (subject: JsonObject): JsonObject => {
    if ((subject['id'] ?? sub) !== subjectId) throw malformed('the subject is named twice, or not at all')
    return { ...subject, id: subjectId }
  }
  const subject = withId(first)
  return { subjectId, subjects: { subject, subjects: [subject, ...others.map(withId)] } }
}

function statusEntriesOf(status: JsonObject | readonly JsonObject[] | undefined): readonly JsonObject[] {
  return status === undefined ? [] : asArray<JsonObject>(status)
}

/** @throws `credential.malformed` unless there is the base type and exactly one type beside it */
function specificType(types: readonly string[]): string {
  const [specific, ...others] = types.filter((type) => type !== baseType)
  if (!types.includes(baseType) || specific === undefined || others.length > 0) throw malformed('type')
  return specific
}

function malformed(detail: string): NodeError {
  return new NodeError('credential.malformed', { detail })
}

/** A single value as a list of one: JSON-LD writes both. */
export function asArray<T>(value: T | readonly T[]): readonly T[] {
  // Array.isArray does not narrow a readonly array, hence the cast.
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

const datePattern = /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

/** The instant of a full RFC 3339 date and time; `undefined` when it is none. */
export function findDate(text: string): Instant | undefined {
  const [, year, month, day] = (datePattern.exec(text) ?? []).map(Number)
  const instant = Date.parse(text)
  // The parser takes 30 February for 2 March.
  const lastDay = new Date(Date.UTC(year ?? NaN, month ?? NaN, 0)).getUTCDate()
  return Number.isNaN(instant) || day === undefined || !(day <= lastDay) ? undefined : instant
}

function parseDate(text: string): Instant {
  const instant = findDate(text)
  if (instant === undefined) throw malformed('a date is not RFC 3339')
  return instant
}

function isSecond(text: string, seconds: number): boolean {
  return epochSeconds(parseDate(text)) === Math.floor(seconds)
}

/** The years that RFC 3339 can write. */
const firstInstant = Date.parse('0000-01-01T00:00:00Z')
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z')

function toDateText(instant: Instant): string {
  if (!(instant >= firstInstant && instant <= lastInstant)) throw malformed('a date is out of range')
  return toRfc3339(instant)
}
