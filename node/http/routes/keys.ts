import { algorithmOf } from '../../identity/private-key.js'
import { verificationMethodOf } from '../../identity/party.js'
import type { PartyKeys, PartyKeyView } from '../../identity/party-keys.js'
import {
  addKeySchema,
  forceSchema,
  keyCreationSchema,
  partyKeySchema,
  partyKeysSchema,
  verificationMethodsSchema,
  type PartyKeyWire,
} from '../../../schemas/wire/identity.js'
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
      callers: [],
      body,
      doc: {
        summary: 'Add a key to every DID of a subject',
        body: keyCreationSchema,
        answers: { 200: verificationMethodsSchema },
        refusals: [404, 409],
      },
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
      callers: ['operator', 'reader'],
      doc: { summary: 'The keys of a subject', answers: { 200: partyKeysSchema }, refusals: [404] },
      async handle({ params }) {
        return jsonAnswer(200, { keys: (await partyKeys.list(params['subject'] ?? '')).map(toWire) })
      },
    },
    {
      method: 'POST',
      pattern: keysOfSubject,
      family: 'problem',
      callers: [],
      body,
      doc: {
        summary: 'Add a key; it does not sign yet',
        body: addKeySchema,
        answers: { 201: partyKeySchema },
        refusals: [404, 409],
      },
      async handle(request) {
        const { algorithm } = request.body.length === 0 ? addKeySchema.parse({}) : parseBody(addKeySchema, request.body)
        return jsonAnswer(201, toWire(await partyKeys.add({ ...subjectOf(request), algorithm })))
      },
    },
    {
      method: 'POST',
      pattern: `${keysOfSubject}/:key/promote`,
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Let a key sign in place of the one that does',
        about: 'Without force only a key that others have had the time to see.',
        query: forceSchema,
        answers: { 200: partyKeySchema },
        refusals: [404, 409],
      },
      handle: async (request) =>
        jsonAnswer(200, toWire(await partyKeys.promote({ ...keyOf(request), ...force(request) }))),
    },
    {
      method: 'POST',
      pattern: `${keysOfSubject}/:key/retire`,
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Retire a key: it stays published and never signs',
        answers: { 200: partyKeySchema },
        refusals: [404, 409],
      },
      handle: async (request) => jsonAnswer(200, toWire(await partyKeys.retire(keyOf(request)))),
    },
    {
      method: 'DELETE',
      pattern: `${keysOfSubject}/:key`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Remove a key and destroy it',
        about: 'Without force not while something that it signed may still count.',
        query: forceSchema,
        answers: { 204: 'It is gone.' },
        refusals: [404, 409],
      },
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
