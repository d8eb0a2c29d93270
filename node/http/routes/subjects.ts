import { NodeError } from '../../kernel/errors.js'
import { randomId } from '../../kernel/random.js'
import type { Parties } from '../../identity/parties.js'
import { didDocumentOf } from '../../identity/party.js'
import type { DidResolver } from '../../identity/resolve-did.js'
import {
  createSubjectSchema,
  createdSubjectSchema,
  didsSchema,
  resolvedDidSchema,
  subjectsSchema,
} from '../../../schemas/wire/internal.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

/** Parties and DIDs, for administrators. @see nuts-node v6 `/internal/vdr/v2` */
export function subjectRoutes({
  parties,
  resolver,
}: {
  readonly parties: Parties
  readonly resolver: DidResolver
}): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/vdr/v2/subject',
      family: 'problem',
      callers: [],
      body: { maxBytes: 64 * 1024, mediaTypes: ['application/json'], optional: true },
      doc: {
        summary: 'Make a subject: an organisation with a DID and a key that signs',
        body: createSubjectSchema,
        answers: { 200: createdSubjectSchema },
        refusals: [409],
      },
      async handle({ body, trace }) {
        const { subject = randomId() } = body.length === 0 ? {} : parseBody(createSubjectSchema, body)
        const party = await parties.create({ subject, trace })
        return jsonAnswer(200, { subject: party.subject, documents: [didDocumentOf(party)] })
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vdr/v2/subject',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      doc: { summary: 'List the subjects with their DIDs', answers: { 200: subjectsSchema } },
      async handle() {
        return jsonAnswer(200, Object.fromEntries((await parties.list()).map((party) => [party.subject, [party.did]])))
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vdr/v2/subject/:subject',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      doc: { summary: 'The DIDs of a subject', answers: { 200: didsSchema }, refusals: [404] },
      async handle({ params }) {
        return jsonAnswer(200, [(await parties.get(params['subject'] ?? '')).did])
      },
    },
    {
      method: 'DELETE',
      pattern: '/internal/vdr/v2/subject/:subject',
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: [],
      doc: {
        summary: 'End a subject for good',
        about: 'Its DID document is gone, its keys are destroyed, and its name and DID are never given again.',
        answers: { 204: 'It is ended.' },
        refusals: [404],
      },
      async handle({ params, trace }) {
        await parties.deactivate(params['subject'] ?? '', trace)
        return emptyAnswer(204)
      },
    },
    {
      method: 'GET',
      pattern: '/internal/vdr/v2/did/:did',
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Resolve a DID',
        answers: { 200: resolvedDidSchema },
        refusals: [404],
      },
      async handle({ params }) {
        try {
          const { document } = await resolver.resolve(params['did'] ?? '')
          return jsonAnswer(200, { document, documentMetadata: {} })
        } catch (cause) {
          const code = NodeError.codeOf(cause)
          if (code !== 'identity.did_unresolvable' && code !== 'identity.did_deactivated') throw cause
          throw new NodeError('request.not_found', { cause, notes: ['The DID document cannot be had.'] })
        }
      },
    },
  ]
}
