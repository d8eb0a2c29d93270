import type { ExplainRead } from '../../access/explain-read.js'
import type { ReloadPacks } from '../../access/reload-packs.js'
import {
  explainReadSchema,
  readExplanationSchema,
  reloadRequestSchema,
  reloadedSchema,
} from '../../../schemas/wire/policy.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseWrittenCall } from '../fhir-call.js'
import { parseBody } from '../parse.js'

export interface PolicyRoutesDeps {
  readonly explainRead: ExplainRead
  readonly reloadPacks: ReloadPacks
}

/** The rules, for those who keep them. */
export function policyRoutes({ explainRead, reloadPacks }: PolicyRoutesDeps): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/subjects/:subject/policy/explain',
      family: 'problem',
      callers: ['application'],
      unconfirmed: 'goes-on',
      body: { maxBytes: 128 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Say what the policy would decide about a read, and why',
        about:
          'Nothing is read or looked up, no other node is asked, and nothing is journaled. What the source does not take is refused here as there.',
        body: explainReadSchema,
        answers: { 200: readExplanationSchema },
        refusals: [404, 501],
      },
      async handle({ params, body }) {
        const { fhir, ...asked } = parseBody(explainReadSchema, body)
        const question = fhir === undefined ? {} : { fhir: parseWrittenCall(fhir), person: fhir.person }
        return jsonAnswer(200, await explainRead({ party: params['subject'] ?? '', ...asked, ...question }))
      },
    },
    {
      method: 'POST',
      pattern: '/internal/bronnet/v1/policy/reload',
      family: 'problem',
      callers: ['operator'],
      body: { maxBytes: 4 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Read all packs anew',
        about: 'All or nothing: when one is not good, the rules stay as they were. Each replica reads its own.',
        body: reloadRequestSchema,
        answers: { 200: reloadedSchema },
        refusals: [409],
      },
      handle: async ({ body, trace }) =>
        jsonAnswer(200, { packs: await reloadPacks({ ...parseBody(reloadRequestSchema, body), trace }) }),
    },
  ]
}
