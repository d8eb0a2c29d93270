import type { ChangeStatus, StatusChange } from '../../credentials/status/change-status.js'
import type { Parties } from '../../identity/parties.js'
import { NodeError } from '../../kernel/errors.js'
import { statusReasonSchema } from '../../../schemas/wire/credential-status.js'
import { emptyAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface CredentialStatusRoutesDeps {
  readonly parties: Pick<Parties, 'findByDid'>
  readonly statusLists: ChangeStatus
}

const credential = '/internal/bronnet/v1/credentials/:id'
const body = { maxBytes: 4 * 1024, mediaTypes: ['application/json'], optional: true } as const
const params = { id: 'The id of the credential, percent-encoded.' }

/** What an issuer says of a credential after it left, with a reason: revoked for good, or suspended for a while. */
export function credentialStatusRoutes({ parties, statusLists }: CredentialStatusRoutesDeps): readonly Route[] {
  async function changeOf({ params, body, trace }: HttpRequest): Promise<StatusChange> {
    const credentialId = params['id'] ?? ''
    const { reason } = body.length === 0 ? {} : parseBody(statusReasonSchema, body)
    // A node names a credential after its issuer.
    const party = await parties.findByDid(credentialId.split('#', 1)[0] ?? '')
    if (party === undefined) throw new NodeError('credential.not_found')
    return { party, credentialId, trace, ...(reason === undefined ? {} : { reason }) }
  }

  return [
    {
      method: 'POST',
      pattern: `${credential}/revocation`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'Revoke a credential, with a reason',
        about: 'For good: there is no call that undoes it.',
        params,
        body: statusReasonSchema,
        answers: { 204: 'Its status list says so.' },
        refusals: [404, 409],
      },
      async handle(request) {
        await statusLists.revoke(await changeOf(request))
        return emptyAnswer(204)
      },
    },
    {
      method: 'POST',
      pattern: `${credential}/suspension`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'Suspend a credential',
        params,
        body: statusReasonSchema,
        answers: { 204: 'Its status list says so.' },
        refusals: [404, 409],
      },
      async handle(request) {
        await statusLists.suspend(await changeOf(request))
        return emptyAnswer(204)
      },
    },
    {
      method: 'DELETE',
      pattern: `${credential}/suspension`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'End the suspension of a credential',
        params,
        answers: { 204: 'Its status list says so.' },
        refusals: [404, 409],
      },
      async handle(request) {
        await statusLists.resume(await changeOf(request))
        return emptyAnswer(204)
      },
    },
  ]
}
