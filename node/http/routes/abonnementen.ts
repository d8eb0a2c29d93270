import type { Parties } from '../../identity/parties.js'
import type { ListGivenAbonnementen } from '../../notifications/abonnement/list-given.js'
import type { OwnAbonnementDesk } from '../../notifications/abonnement/own-desk.js'
import {
  abonnementPageQuerySchema,
  actOnAbonnementSchema,
  endAbonnementQuerySchema,
  givenAbonnementPageSchema,
  orderAbonnementSchema,
  ownAbonnementPageSchema,
  ownAbonnementSchema,
} from '../../../schemas/wire/abonnement.js'
import { jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface AbonnementRoutesDeps {
  readonly parties: Pick<Parties, 'get'>
  readonly ownAbonnementen: OwnAbonnementDesk
  readonly listGiven: ListGivenAbonnementen
}

const base = '/internal/bronnet/v1/abonnementen/:subject'
const params = { subject: 'the party', id: 'the abonnement, as the list names it' }
const body = { maxBytes: 16 * 1024, mediaTypes: ['application/json'] } as const

/** The abonnementen of a party at others, and those of others at it. Persons stand in bodies only. */
export function abonnementRoutes({ parties, ownAbonnementen, listGiven }: AbonnementRoutesDeps): readonly Route[] {
  /** @throws `identity.party_unknown` */
  const partyOf = async ({ params: { subject = '' } }: HttpRequest): Promise<string> =>
    (await parties.get(subject)).subject
  const idOf = ({ params: { id = '' } }: HttpRequest): string => id
  return [
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      doc: {
        summary: 'List the abonnementen of a party at others',
        params,
        query: abonnementPageQuerySchema,
        answers: { 200: ownAbonnementPageSchema },
        refusals: [404],
      },
      async handle(request) {
        const page = parseParameters(abonnementPageQuerySchema, request.query)
        return jsonAnswer(200, await ownAbonnementen.list(await partyOf(request), page))
      },
    },
    {
      method: 'POST',
      pattern: base,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Want an abonnement at another organisation',
        about:
          'It is asked there soon after, and again until it is given. To follow a person the party must have an active case of it.',
        params,
        body: orderAbonnementSchema,
        answers: { 202: ownAbonnementSchema },
        refusals: [404, 409],
      },
      body,
      async handle(request) {
        const order = parseBody(orderAbonnementSchema, request.body)
        const { by } = order
        const ordered = await ownAbonnementen.order(await partyOf(request), order, { by, trace: request.trace })
        return jsonAnswer(202, ordered)
      },
    },
    {
      method: 'GET',
      pattern: `${base}/given`,
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      doc: {
        summary: 'List the abonnementen of others at a party',
        params,
        query: abonnementPageQuerySchema,
        answers: { 200: givenAbonnementPageSchema },
        refusals: [404],
      },
      async handle(request) {
        const page = parseParameters(abonnementPageQuerySchema, request.query)
        return jsonAnswer(200, await listGiven(await partyOf(request), page))
      },
    },
    {
      method: 'POST',
      pattern: `${base}/:id/renew`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Want that an abonnement lasts longer',
        params,
        body: actOnAbonnementSchema,
        answers: { 202: ownAbonnementSchema },
        refusals: [404],
      },
      body,
      async handle(request) {
        const { by } = parseBody(actOnAbonnementSchema, request.body)
        const renewed = await ownAbonnementen.renew(await partyOf(request), idOf(request), { by, trace: request.trace })
        return jsonAnswer(202, renewed)
      },
    },
    {
      method: 'DELETE',
      pattern: `${base}/:id`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Want that an abonnement ends',
        about: 'One that the settings want is ended by taking it out of the settings.',
        params,
        query: endAbonnementQuerySchema,
        answers: { 202: ownAbonnementSchema },
        refusals: [404, 409],
      },
      async handle(request) {
        const { by } = parseParameters(endAbonnementQuerySchema, request.query)
        const ended = await ownAbonnementen.end(await partyOf(request), idOf(request), { by, trace: request.trace })
        return jsonAnswer(202, ended)
      },
    },
  ]
}
