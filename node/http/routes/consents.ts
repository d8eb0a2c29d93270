import type { RequireUsefulStatement } from '../../access/require-useful-statement.js'
import type { Parties } from '../../identity/parties.js'
import type { Consents } from '../../sources/consents/consents.js'
import {
  addConsentSchema,
  findConsentsSchema,
  keptConsentSchema,
  keptConsentsSchema,
  withdrawConsentSchema,
} from '../../../schemas/wire/consent.js'
import { jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface ConsentRoutesDeps {
  readonly parties: Pick<Parties, 'get'>
  readonly consents: Consents
  readonly requireUsefulStatement: RequireUsefulStatement
}

const pattern = '/internal/bronnet/v1/subjects/:subject/consents'
const body = { maxBytes: 16 * 1024, mediaTypes: ['application/json'] } as const
const params = { subject: 'the party at whose sources the data are' }

/** What persons consent to and object to at the sources of a party. */
export function consentRoutes({ parties, consents, requireUsefulStatement }: ConsentRoutesDeps): readonly Route[] {
  const subjectOf = async ({ params: { subject = '' } }: HttpRequest): Promise<string> =>
    (await parties.get(subject)).subject
  return [
    {
      method: 'POST',
      pattern,
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'Register what a person consents to, or objects to',
        about: 'It counts at once, for rules that rest on consent. The number of the person is not kept.',
        params,
        body: addConsentSchema,
        answers: { 201: keptConsentSchema },
        refusals: [404],
      },
      async handle(request) {
        const subject = await subjectOf(request)
        const { by, bsn, statement } = parseBody(addConsentSchema, request.body)
        requireUsefulStatement(subject, statement)
        return jsonAnswer(201, await consents.add(subject, bsn, statement, { by, trace: request.trace }))
      },
    },
    {
      method: 'POST',
      pattern: `${pattern}/search`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'List what a person consented and objected to, also what was withdrawn',
        params,
        body: findConsentsSchema,
        answers: { 200: keptConsentsSchema },
        refusals: [404],
      },
      async handle(request) {
        const subject = await subjectOf(request)
        const { by, bsn } = parseBody(findConsentsSchema, request.body)
        const found = await consents.list(subject, bsn, { by, trace: request.trace })
        return jsonAnswer(200, { consents: found })
      },
    },
    {
      method: 'POST',
      pattern: `${pattern}/:id/withdraw`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      body,
      doc: {
        summary: 'Withdraw a consent or an objection, for good',
        about: 'No read that is decided after this rests on it.',
        params: { ...params, id: 'the id of the statement' },
        body: withdrawConsentSchema,
        answers: { 200: keptConsentSchema },
        refusals: [404],
      },
      async handle(request) {
        const subject = await subjectOf(request)
        const { by } = parseBody(withdrawConsentSchema, request.body)
        const id = request.params['id'] ?? ''
        return jsonAnswer(200, await consents.withdraw(subject, id, { by, trace: request.trace }))
      },
    },
  ]
}
