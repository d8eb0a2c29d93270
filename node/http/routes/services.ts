import type { Parties } from '../../identity/parties.js'
import type { PartyService } from '../../identity/party.js'
import type { NewService, PartyServices } from '../../identity/party-services.js'
import { findServicesSchema, newServiceSchema, partyServicesSchema } from '../../../schemas/wire/identity.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

const body = { maxBytes: 16 * 1024, mediaTypes: ['application/json'] } as const
const servicesOfSubject = '/internal/vdr/v2/subject/:subject/service'

/** What parties publish in their DID documents, for administrators. @see nuts-node v6 */
export function serviceRoutes({
  parties,
  partyServices,
}: {
  readonly parties: Parties
  readonly partyServices: PartyServices
}): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: servicesOfSubject,
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      doc: {
        summary: 'Services in the DID document of a subject',
        about: 'Without a type there are none, as nuts-node v6 has it.',
        query: findServicesSchema,
        answers: { 200: partyServicesSchema },
        refusals: [404],
      },
      async handle({ params, query }) {
        const { type, endpointType } = parseParameters(findServicesSchema, query)
        const { services } = await parties.get(params['subject'] ?? '')
        const found = services.filter(
          (service) =>
            service.type === type && (endpointType === undefined || endpointTypeOf(service) === endpointType),
        )
        return jsonAnswer(200, found)
      },
    },
    {
      method: 'POST',
      pattern: servicesOfSubject,
      family: 'problem',
      callers: [],
      body,
      doc: {
        summary: 'Add a service to the DID document of a subject',
        body: newServiceSchema,
        answers: { 200: partyServicesSchema },
        refusals: [404, 409],
      },
      handle: async (request) =>
        jsonAnswer(200, [await partyServices.add({ ...subjectOf(request), service: serviceOf(request) })]),
    },
    {
      method: 'POST',
      pattern: `${servicesOfSubject}/:service`,
      family: 'problem',
      callers: [],
      body,
      doc: {
        summary: 'Replace a service; its id is made anew',
        body: newServiceSchema,
        answers: { 200: partyServicesSchema },
        refusals: [404, 409],
      },
      handle: async (request) =>
        jsonAnswer(200, [await partyServices.replace({ ...named(request), service: serviceOf(request) })]),
    },
    {
      method: 'DELETE',
      pattern: `${servicesOfSubject}/:service`,
      family: 'problem',
      callers: [],
      doc: { summary: 'Remove a service', answers: { 204: 'It is removed.' }, refusals: [404] },
      async handle(request) {
        await partyServices.remove(named(request))
        return emptyAnswer(204)
      },
    },
  ]
}

function subjectOf({ params, trace }: HttpRequest) {
  return { subject: params['subject'] ?? '', trace }
}

function named(request: HttpRequest) {
  return { ...subjectOf(request), id: request.params['service'] ?? '' }
}

/** An id that the caller gives is left out: ids are made. */
function serviceOf(request: HttpRequest): NewService {
  const { type, serviceEndpoint } = parseBody(newServiceSchema, request.body)
  return { type, serviceEndpoint }
}

function endpointTypeOf({ serviceEndpoint }: PartyService): 'string' | 'array' | 'object' {
  if (typeof serviceEndpoint === 'string') return 'string'
  return Array.isArray(serviceEndpoint) ? 'array' : 'object'
}
