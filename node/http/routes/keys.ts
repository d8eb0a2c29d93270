import { algorithmOf } from '../../identity/private-key.js'
import { verificationMethodOf } from '../../identity/party.js'
import type { PartyKeys, PartyKeyView } from '../../identity/party-keys.js'
import { addKeySchema, forceSchema, keyCreationSchema, type PartyKeyWire } from '../../../schemas/wire/identity.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

const body = { maxBytes: 4 * 1024, mediaTypes: ['application/json'], optional: true } as const
const keysOfSubject = '/internal/bronnet/v1/subjects/:subject/keys'

/** The keys of parties, for administrators: add, promote, retire, remove. */
export function keyRoutes({ partyKeys }: { readonly partyKeys: PartyKeys }): readonly Route[] {
  return [
    {
      // Adds a key to every DID of the subject, of which there is one.
      method: 'POST',
      pattern: '/internal/vdr/v2/subject/:subject/verificationmethod',
      family: 'problem',
      body,
      async handle(request) {
        if (request.body.length > 0) parseBody(keyCreationSchema, request.body)
        const key = await partyKeys.add({ ...subjectOf(request), algorithm: 'ES256' })
        return jsonAnswer(200, [verificationMethodOf(key)])
      },
    },
    {
      method: 'GET',
      pattern: keysOfSubject,
      family: 'problem',
      async handle({ params }) {
        return jsonAnswer(200, { keys: (await partyKeys.list(params['subject'] ?? '')).map(toWire) })
      },
    },
    {
      method: 'POST',
      pattern: keysOfSubject,
      family: 'problem',
      body,
      async handle(request) {
        const { algorithm } = request.body.length === 0 ? addKeySchema.parse({}) : parseBody(addKeySchema, request.body)
        return jsonAnswer(201, toWire(await partyKeys.add({ ...subjectOf(request), algorithm })))
      },
    },
    {
      method: 'POST',
      pattern: `${keysOfSubject}/:key/promote`,
      family: 'problem',
      handle: async (request) =>
        jsonAnswer(200, toWire(await partyKeys.promote({ ...keyOf(request), ...force(request) }))),
    },
    {
      method: 'POST',
      pattern: `${keysOfSubject}/:key/retire`,
      family: 'problem',
      handle: async (request) => jsonAnswer(200, toWire(await partyKeys.retire(keyOf(request)))),
    },
    {
      method: 'DELETE',
      pattern: `${keysOfSubject}/:key`,
      unconfirmed: 'goes-on',
      family: 'problem',
      async handle(request) {
        await partyKeys.remove({ ...keyOf(request), ...force(request) })
        return emptyAnswer(204)
      },
    },
  ]
}

function subjectOf({ params, trace }: HttpRequest) {
  return { subject: params['subject'] ?? '', trace }
}

function keyOf(request: HttpRequest) {
  return { ...subjectOf(request), key: request.params['key'] ?? '' }
}

function force({ query }: HttpRequest): { readonly force?: true } {
  return parseParameters(forceSchema, query).force ? { force: true } : {}
}

function toWire({ publicKey, ...key }: PartyKeyView): PartyKeyWire {
  return { ...key, algorithm: algorithmOf(publicKey), publicKeyJwk: { ...publicKey } }
}
