import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { identifierKinds } from '../../kernel/identifiers.js'
import type { Instant } from '../../kernel/clock.js'
import type { ClientCertificate } from '../../identity/client-certificate.js'
import type { Credential } from '../../credentials/credential.js'
import { tryMatch } from '../../credentials/exchange/match.js'
import type { PresentationDefinition } from '../../credentials/exchange/definition.js'
import type { StatusEvidence } from '../../credentials/status/check-status.js'
import type { CredentialVerifier } from '../../credentials/verify-credential.js'
import type { Claim, Claims } from '../../policy/question.js'
import { ledenadministratieSubjectSchema } from '../../../schemas/credentials/ledenadministratie.js'
import type { KnownOrganization, NidConfiguration } from '../../../schemas/nid.js'

/** A party that the operator knows by its certificate. */
export interface KnownParty {
  readonly serial: string | undefined
  readonly fingerprint: string | undefined
  readonly organization: KnownOrganization
  readonly actsFor: NidConfiguration['known'][number]['actsFor']
  /** How it is named where only a DID or an identifier fits. */
  readonly name: string
  /** Weighs what it is known by, at this moment. @throws `credential.*`, `identity.*` */
  verify(bronhouder: string): Promise<Standing>
  /** Who it is, as a definition asks it. @throws `token.scope_refused` when the definition asks something else */
  claimsFor(definition: PresentationDefinition): Claims
}

/** What a known party rests on. */
export interface Standing {
  readonly evidence: readonly string[]
  readonly expiresAt: Instant
  readonly status: readonly StatusEvidence[]
}

export interface KnownParties {
  /** Whose certificate it is; `undefined` when nobody is known by it. */
  findByCertificate(certificate: ClientCertificate): KnownParty | undefined
  /** @param identifier such as `uzovi:5999` or `agbcode:06999901` */
  findByIdentifier(identifier: string): KnownParty | undefined
}

/** How the iWlz afsprakenstelsel writes who an organisation is. */
export function identifierOf({ id_type, id }: Pick<KnownOrganization, 'id_type' | 'id'>): string {
  return `${id_type === 'agb' ? 'agbcode' : id_type}:${id}`
}

/**
 * The parties that the settings name. Who is known by `organization` is who the operator says it is: its certificate then
 * stands for a membership and nothing else. Who is known by a membership is weighed by that, at every request.
 * @throws `config.invalid` when two are known by one certificate or identifier, or one is not well described
 */
export function createKnownParties(deps: {
  readonly known: NidConfiguration['known']
  readonly verifier: Pick<CredentialVerifier, 'parse' | 'verify'>
  readonly readFile: (path: string) => string
}): KnownParties {
  const parties = deps.known.map((entry): KnownParty => {
    const { serial, fingerprint, actsFor, organization, membership } = entry
    const common = { serial, fingerprint, actsFor }
    if (membership !== undefined) return knownByMembership(deps.readFile(membership).trim(), common, deps.verifier)
    if (organization === undefined) throw invalid('parties: nid.known has an entry without an organisation')
    return knownByOperator(organization, common)
  })
  for (const names of [
    parties.map(({ serial }) => serial),
    parties.map(({ fingerprint }) => fingerprint),
    parties.map(({ organization }) => identifierOf(organization)),
  ]) {
    const given = names.filter((name) => name !== undefined)
    const twice = given.find((name, index) => given.indexOf(name) !== index)
    if (twice !== undefined) throw invalid(`parties: nid.known names ${twice} twice`)
  }
  return {
    findByCertificate: ({ serial, fingerprint }) =>
      parties.find((party) => party.fingerprint === fingerprint || (serial !== undefined && party.serial === serial)),
    findByIdentifier: (identifier) => parties.find(({ organization }) => identifierOf(organization) === identifier),
  }
}

type Common = Pick<KnownParty, 'serial' | 'fingerprint' | 'actsFor'>

/** What a file with a membership must hold, beside what every credential has. */
const membershipSchema = z.looseObject({
  type: z.literal('LedenadministratieCredential'),
  subject: ledenadministratieSubjectSchema,
  expiresAt: z.number(),
})

function knownByMembership(
  text: string,
  common: Common,
  verifier: Pick<CredentialVerifier, 'parse' | 'verify'>,
): KnownParty {
  const { credential, subject, expiresAt } = parseMembership(text, verifier)
  return {
    ...common,
    organization: subject.organization,
    name: subject.id,
    async verify(bronhouder) {
      await verifier.verify(credential, { bronhouder, freshness: 'now' })
      const { type, issuer, statusEntries } = credential
      return {
        evidence: [credential.id],
        expiresAt,
        status: statusEntries.length === 0 ? [] : [{ type, issuer, statusEntries }],
      }
    },
    claimsFor: (definition) => claimsFrom(definition, credential),
  }
}

function parseMembership(text: string, verifier: Pick<CredentialVerifier, 'parse'>) {
  try {
    const credential = verifier.parse(text)
    return { ...membershipSchema.parse(credential), credential }
  } catch (cause) {
    throw new NodeError('config.invalid', { cause, notes: ['parties: nid.known names a file without a membership'] })
  }
}

function claimsFrom(definition: PresentationDefinition, credential: Credential): Claims {
  const match = tryMatch(definition, [credential], {})
  if ('missing' in match) throw new NodeError('token.scope_refused', { notes: match.missing })
  return match.values as Claims // Filters yield what a claim can be.
}

function knownByOperator(organization: KnownOrganization, common: Common): KnownParty {
  const { id_type, id } = organization
  try {
    identifierKinds[id_type](id)
  } catch (cause) {
    throw new NodeError('config.invalid', { cause, notes: [`parties: nid.known has an id that is no ${id_type}`] })
  }
  const values = Object.entries(organization).map(([name, value]): [string, Claim] => [`organization_${name}`, value])
  const claims = Object.fromEntries(values)
  return {
    ...common,
    organization,
    name: identifierOf(organization),
    verify: () => Promise.resolve({ evidence: [], expiresAt: Number.POSITIVE_INFINITY, status: [] }),
    claimsFor(definition) {
      if (asksMembershipOnly(definition, claims)) return claims
      throw new NodeError('token.scope_refused', { notes: ['the scope asks more than who the organisation is'] })
    },
  }
}

/** True for a definition that asks one membership, of any issuer that counts, and nothing about it but who it names. */
function asksMembershipOnly(
  { data: { input_descriptors: descriptors } }: PresentationDefinition,
  claims: Claims,
): boolean {
  const [descriptor] = descriptors
  if (descriptor === undefined || descriptors.length > 1) return false
  const { fields } = descriptor.constraints
  const type = fields.find(({ path }) => path[0] === '$.type')
  return (
    type?.filter?.const === 'LedenadministratieCredential' &&
    fields.every(({ id, path, filter }) => {
      if (id === undefined) return path.length === 1 && path.every((one) => ['$.type', '$.issuer'].includes(one))
      // A filter that looks at the value is for a credential to pass.
      const isOpen = Object.keys(filter ?? {}).every((name) => name === 'type')
      return (
        isOpen && Object.hasOwn(claims, id) && path.every((one) => one.endsWith(`.${id.slice('organization_'.length)}`))
      )
    })
  )
}

function invalid(note: string): NodeError {
  return new NodeError('config.invalid', { notes: [note] })
}
