import { epochSeconds, toRfc3339, type Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import {
  credentialClaimsSchema,
  credentialObjectSchema,
  type CredentialObject,
} from '../../schemas/credentials/credential.js'
import { decodeJwt, type DecodedJwt } from './jwt.js'

export const baseContext = 'https://www.w3.org/2018/credentials/v1'
export const baseType = 'VerifiableCredential'

/** A credential taken apart: parsed, not trusted. */
export interface Credential {
  /** How a submission names its format: a JWT, or a JSON object. */
  readonly format: 'jwt_vc' | 'ldp_vc'
  /** The compact JWT; for an object its JSON text. */
  readonly raw: string
  readonly jwt: DecodedJwt | undefined
  readonly id: string
  /** The type beside `VerifiableCredential`. */
  readonly type: string
  readonly issuer: string
  /** The DID that the credential is about. */
  readonly subjectId: string
  readonly subject: Readonly<Record<string, unknown>>
  readonly issuedAt: Instant
  readonly expiresAt: Instant | undefined
  readonly hasStatus: boolean
  /** What the paths of a presentation definition run on. @see nuts-node v6 presentation exchange */
  readonly view: Readonly<Record<string, unknown>>
}

/**
 * Takes a JWT credential of VC Data Model 1.1 apart. What the `vc` claim repeats must say the same as the registered
 * claims, to the second. Does not verify it.
 * @throws `credential.malformed` @see VC Data Model 1.1 section 6.3.1
 */
export function parseJwtCredential(compact: string): Credential {
  const jwt = decodeJwt(compact, 'credential.malformed')
  const parsed = credentialClaimsSchema.safeParse(jwt.claims)
  if (!parsed.success) throw malformed(`claims: ${parsed.error.issues[0]?.path.join('.') ?? ''}`)
  const { iss, sub, jti, nbf, exp, vc } = parsed.data
  const [subject, ...others] = asArray<Record<string, unknown>>(vc.credentialSubject)
  if (subject === undefined || others.length > 0) throw malformed('a credential has one subject')
  const subjectId = sub ?? subject['id']
  if (typeof subjectId !== 'string' || (subject['id'] !== undefined && subject['id'] !== subjectId)) {
    throw malformed('the subject is not named, or named twice')
  }
  if (
    (vc.issuer !== undefined && vc.issuer !== iss) ||
    (vc.id !== undefined && vc.id !== jti) ||
    (vc.issuanceDate !== undefined && !isSecond(vc.issuanceDate, nbf)) ||
    (vc.expirationDate !== undefined && (exp === undefined || !isSecond(vc.expirationDate, exp)))
  ) {
    throw malformed('the vc claim contradicts the registered claims')
  }
  const credentialSubject = { ...subject, id: subjectId }
  const issuedAt = nbf * 1000
  const expiresAt = exp === undefined ? undefined : exp * 1000
  return {
    format: 'jwt_vc',
    raw: compact,
    jwt,
    id: jti,
    type: specificType(asArray(vc['@context']), asArray(vc.type)),
    issuer: iss,
    subjectId,
    subject: credentialSubject,
    issuedAt,
    expiresAt,
    hasStatus: vc.credentialStatus !== undefined,
    view: {
      ...vc,
      id: jti,
      issuer: iss,
      type: asArray(vc.type),
      issuanceDate: toDateText(issuedAt),
      ...(expiresAt === undefined ? {} : { expirationDate: toDateText(expiresAt) }),
      credentialSubject: [credentialSubject],
    },
  }
}

/**
 * Takes a credential object without proof apart: one that a holder says about itself. Does not check that it does.
 * @throws `credential.malformed`, also for an object with a proof: linked-data proofs are not read
 */
export function parseObjectCredential(value: unknown): Credential {
  const parsed = credentialObjectSchema.safeParse(value)
  if (!parsed.success) throw malformed(`object: ${parsed.error.issues[0]?.path.join('.') ?? ''}`)
  const object: CredentialObject = parsed.data
  if (object.proof !== undefined) throw malformed('linked-data proofs are not supported')
  const [subject, ...others] = asArray<Record<string, unknown>>(object.credentialSubject)
  const subjectId = subject?.['id']
  if (subject === undefined || others.length > 0 || typeof subjectId !== 'string') {
    throw malformed('a credential has one subject with an id')
  }
  return {
    format: 'ldp_vc',
    raw: JSON.stringify(value),
    jwt: undefined,
    id: object.id,
    type: specificType(asArray(object['@context']), asArray(object.type)),
    issuer: object.issuer,
    subjectId,
    subject,
    issuedAt: parseDate(object.issuanceDate),
    expiresAt: object.expirationDate === undefined ? undefined : parseDate(object.expirationDate),
    hasStatus: object.credentialStatus !== undefined,
    view: { ...object, credentialSubject: subject },
  }
}

/** @throws `credential.malformed` unless there is the base context, the base type and exactly one type beside it */
function specificType(contexts: readonly string[], types: readonly string[]): string {
  const [specific, ...others] = types.filter((type) => type !== baseType)
  if (!contexts.includes(baseContext) || !types.includes(baseType) || specific === undefined || others.length > 0) {
    throw malformed('context or type')
  }
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

function parseDate(text: string): Instant {
  const [, year, month, day] = (datePattern.exec(text) ?? []).map(Number)
  const instant = Date.parse(text)
  // The parser takes 30 February for 2 March.
  const lastDay = new Date(Date.UTC(year ?? NaN, month ?? NaN, 0)).getUTCDate()
  if (Number.isNaN(instant) || day === undefined || !(day <= lastDay)) throw malformed('a date is not RFC 3339')
  return instant
}

function isSecond(text: string, seconds: number): boolean {
  return epochSeconds(parseDate(text)) === Math.floor(seconds)
}

function toDateText(instant: Instant): string {
  const year = new Date(instant).getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) throw malformed('a date is out of range')
  return toRfc3339(instant)
}
