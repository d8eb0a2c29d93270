import type { Anchored } from '../../audit/anchored.js'
import { anchorPath } from '../../audit/anchor.js'
import type { Audit } from '../../audit/audit.js'
import type { Checkpoints } from '../../audit/checkpoints.js'
import type { ExportRequest } from '../../audit/export.js'
import type { Retention } from '../../audit/retention.js'
import { auditKeySchema } from '../../../schemas/audit-checkpoint.js'
import {
  auditExportSchema,
  auditPageSchema,
  auditQuerySchema,
  auditRemovedSchema,
  auditRetentionSchema,
  checkpointBodySchema,
  checkpointListSchema,
} from '../../../schemas/wire/audit.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface AuditRoutesDeps {
  readonly audit: Audit
  readonly checkpoints: Checkpoints
  readonly anchored: Anchored
  readonly retention: Pick<Retention, 'remove'>
  readonly startExport: (request: ExportRequest) => Promise<AsyncIterable<string>>
}

const base = '/internal/bronnet/v1/audit'
const mediaTypes = { jsonl: 'application/jsonl; charset=utf-8', fhir: 'application/fhir+json; charset=utf-8' } as const

/** The audit journal, for operators and auditors. Looking into it is itself an event. @see NEN 7513 */
export function auditRoutes(deps: AuditRoutesDeps): readonly Route[] {
  const { audit, checkpoints, anchored, retention, startExport } = deps
  return [
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['operator'],
      doc: {
        summary: 'Read a page of the audit journal',
        about: 'Looking into the journal is itself an event.',
        query: auditQuerySchema,
        answers: { 200: auditPageSchema },
      },
      async handle({ query, trace }) {
        const { after, limit } = parseParameters(auditQuerySchema, query)
        const entries = await audit.read({ after, limit })
        await audit.record({
          code: 'audit.read',
          action: 'read',
          outcome: 'success',
          object: { recordCount: entries.length },
          trace,
        })
        return jsonAnswer(200, { entries, next: entries.at(-1)?.number ?? after })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/export`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['operator'],
      doc: {
        summary: 'Export the audit journal, or a selection of it',
        about:
          'As JSON Lines, of which a whole one can be verified, or as a FHIR Bundle. Each export is itself an event.',
        body: auditExportSchema,
        answers: { 200: { mediaType: 'application/jsonl', about: 'What it is, one entry a line, and that it ends.' } },
      },
      // A person is named in the body: a URL stands in logs.
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      async handle({ body, trace }) {
        const request = parseBody(auditExportSchema, body)
        return {
          status: 200,
          headers: { 'content-type': mediaTypes[request.format], 'cache-control': 'no-store' },
          body: await startExport({ ...request, trace }),
        }
      },
    },
    {
      method: 'GET',
      pattern: `${base}/checkpoints`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['operator', 'reader'],
      doc: { summary: 'The signed checkpoints of this node', answers: { 200: checkpointListSchema } },
      handle: () => Promise.resolve(jsonAnswer(200, { checkpoints: checkpoints.list() })),
    },
    {
      method: 'POST',
      pattern: `${base}/checkpoints`,
      family: 'problem',
      callers: ['operator'],
      doc: { summary: 'Sign where the journal stands now', answers: { 201: checkpointBodySchema } },
      async handle({ trace }) {
        await audit.record({ code: 'audit.checkpoint', action: 'create', outcome: 'success', trace })
        return jsonAnswer(201, { checkpoint: await checkpoints.make() })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/retention`,
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Remove the oldest entries, as far as signed checkpoints cover them',
        about: 'Accounts for it in the journal. Entries that must be kept by law or by the settings are refused.',
        body: auditRetentionSchema,
        answers: { 200: auditRemovedSchema },
      },
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      async handle({ body, trace }) {
        return jsonAnswer(200, await retention.remove({ ...parseBody(auditRetentionSchema, body), trace }))
      },
    },
    {
      method: 'GET',
      pattern: `${base}/key`,
      family: 'problem',
      callers: ['operator', 'reader'],
      doc: { summary: 'The public key that checkpoints are verified with', answers: { 200: auditKeySchema } },
      handle: () => Promise.resolve(jsonAnswer(200, checkpoints.publicKey)),
    },
    {
      method: 'GET',
      pattern: `${base}/anchored/:name`,
      family: 'problem',
      callers: ['operator', 'reader'],
      doc: {
        summary: 'The checkpoints of another node that are kept here',
        params: { name: 'As the settings name the node.' },
        answers: { 200: checkpointListSchema },
        refusals: [404],
      },
      async handle({ params }) {
        return jsonAnswer(200, await anchored.list(params['name'] ?? ''))
      },
    },
  ]
}

/** Where nodes of others leave their checkpoints. The signature says who they are. */
export function anchorRoutes({ anchored }: { readonly anchored: Anchored }): readonly Route[] {
  return [
    {
      method: 'POST',
      pattern: anchorPath,
      unconfirmed: 'goes-on',
      family: 'problem',
      doc: {
        summary: 'Leave a checkpoint with this node',
        about: 'For nodes that the settings of this one name; the signature says which.',
        body: checkpointBodySchema,
        answers: { 204: 'It is kept.' },
        refusals: [409],
      },
      body: { maxBytes: 16 * 1024, mediaTypes: ['application/json'] },
      async handle({ body }) {
        await anchored.accept(parseBody(checkpointBodySchema, body).checkpoint)
        return emptyAnswer(204)
      },
    },
  ]
}
