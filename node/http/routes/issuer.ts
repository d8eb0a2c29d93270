import { asArray, baseType } from '../../credentials/credential.js'
import type { Issuer } from '../../credentials/issue.js'
import type { StatusLists } from '../../credentials/status/status-lists.js'
import type { Parties } from '../../identity/parties.js'
import type { Party } from '../../identity/party.js'
import { NodeError } from '../../kernel/errors.js'
import {
  credentialValueSchema,
  issueCredentialSchema,
  issuedQuerySchema,
  searchAnswerSchema,
} from '../../../schemas/wire/credentials.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface IssuerRoutesDeps {
  readonly parties: Parties
  readonly issuer: Issuer
  readonly statusLists: Pick<StatusLists, 'revoke'>
}

/** A stored credential as it travels: a JWT as text, an object as object. */
export function toValue(raw: string): unknown {
  return raw.startsWith('{') ? (JSON.parse(raw) as unknown) : raw
}

/** Issuing and revoking, for administrators. @see nuts-node v6 `/internal/vcr/v2/issuer` */
export function issuerRoutes({ parties, issuer, statusLists }: IssuerRoutesDeps): readonly Route[] {
  async function issuerOf(did: string): Promise<Party> {
    const party = await parties.findByDid(did)
    if (party === undefined)
      throw new NodeError('identity.party_unknown', { notes: ['issuer: not a DID of this node'] })
    return party
  }

  return [
    {
      method: 'POST',
      pattern: '/internal/vcr/v2/issuer/vc',
      family: 'problem',
      callers: ['application'],
      body: { maxBytes: 256 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Issue a credential',
        body: issueCredentialSchema,
        answers: { 200: credentialValueSchema },
        refusals: [404],
      },
      async handle({ body, trace }) {
        const request = parseBody(issueCredentialSchema, body)
        const { expirationDate, withStatusList2021Revocation: revocable } = request
        const contexts = asArray(request['@context'] ?? [])
        const [type, ...others] = asArray(request.type).filter((name) => name !== baseType)
        if (type === undefined || others.length > 0) {
          throw new NodeError('request.bad_body', { notes: [`type: exactly one beside ${baseType}`] })
        }
        const credential = await issuer.issue({
          issuer: await issuerOf(request.issuer),
          type,
          subject: request.credentialSubject,
          format: request.format ?? (contexts.length > 0 ? 'ldp_vc' : 'jwt_vc'),
          contexts,
          ...(expirationDate === undefined ? {} : { expiresAt: Date.parse(expirationDate) }),
          ...(revocable === undefined
            ? {}
            : { status: revocable ? [{ list: 'StatusList2021', purpose: 'revocation' }] : [] }),
          trace,
        })
        return jsonAnswer(200, toValue(credential.raw))
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vcr/v2/issuer/vc/search',
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Find credentials that a party of this node issued',
        query: issuedQuerySchema,
        answers: { 200: searchAnswerSchema.describe('Also those that were revoked or have expired; oldest first.') },
        refusals: [404],
      },
      async handle({ query }) {
        const { credentialType, issuer: did, subject } = parseParameters(issuedQuerySchema, query)
        const issued = (await issuer.list(await issuerOf(did))).filter(
          ({ type, subjectId }) => type === credentialType && (subject === undefined || subjectId === subject),
        )
        return jsonAnswer(200, {
          verifiableCredentials: issued.map(({ raw }) => ({ verifiableCredential: toValue(raw) })),
        })
      },
    },
    {
      method: 'DELETE',
      pattern: '/internal/vcr/v2/issuer/vc/:id',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Revoke a credential',
        about: 'For good. A credential that was issued without a status cannot be revoked.',
        params: { id: 'The id of the credential, percent-encoded.' },
        answers: { 204: 'The status list says so from now on.' },
        refusals: [404, 409],
      },
      async handle({ params, trace }) {
        const credentialId = params['id'] ?? ''
        const party = await parties.findByDid(credentialId.split('#', 1)[0] ?? '')
        if (party === undefined) throw new NodeError('credential.not_found')
        const isNew = await statusLists.revoke({ party, credentialId, trace }).catch(async (cause: unknown) => {
          const isIssued = async () => (await issuer.list(party)).some(({ id }) => id === credentialId)
          // The lists do not know a credential that was issued without a status.
          const isUnlisted = NodeError.codeOf(cause) === 'credential.not_found' && (await isIssued())
          throw isUnlisted ? new NodeError('credential.not_revocable', { cause }) : cause
        })
        if (!isNew) throw new NodeError('credential.revoked_already')
        return emptyAnswer(204)
      },
    },
  ]
}
