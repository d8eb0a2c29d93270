import { NodeError } from '../../kernel/errors.js'
import type { ExportedRecord, RegisterAdministration } from '../../sources/register/administer.js'
import {
  registerChangesAnswerSchema,
  registerChangesQuerySchema,
  registerChangesSchema,
  registerExportQuerySchema,
  registerHistoryAnswerSchema,
  registerHistorySchema,
  registerOutcomesSchema,
  registerRowOutcomesSchema,
  registerRowsSchema,
  registerTypesSchema,
} from '../../../schemas/wire/register.js'
import { jsonAnswer, type HttpAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface RegisterRoutesDeps {
  /** The register of a party, with its definition's name; `undefined` when the party keeps none of this name. */
  readonly findRegister: (
    party: string,
    source: string,
  ) => { readonly schema: string; readonly administration: RegisterAdministration } | undefined
}

const base = '/internal/bronnet/v1/registers/:subject/:source'
const body = { maxBytes: 4 * 1024 * 1024, mediaTypes: ['application/json'] } as const
/** A record of the indicatieregister has some hundred members. */
const limits = { members: 200_000 }
const params = { subject: 'the party that keeps the register', source: 'the name of the source' }

/** The records of a party's registers, for its own applications and administrators. Each use is in the journal. */
export function registerRoutes({ findRegister }: RegisterRoutesDeps): readonly Route[] {
  const find = (request: HttpRequest): NonNullable<ReturnType<typeof findRegister>> => {
    const found = findRegister(request.params['subject'] ?? '', request.params['source'] ?? '')
    if (found === undefined) throw new NodeError('source.unknown')
    return found
  }
  const administrationOf = (request: HttpRequest): RegisterAdministration => find(request).administration

  return [
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['application', 'operator', 'reader'],
      doc: {
        summary: 'Say which types of records a register has',
        params,
        answers: { 200: registerTypesSchema },
        refusals: [404],
      },
      handle(request) {
        const { schema, administration } = find(request)
        return Promise.resolve(jsonAnswer(200, { schema, types: administration.types }))
      },
    },
    {
      method: 'POST',
      pattern: `${base}/changes`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Put and remove records: all of them or none',
        about: 'What is already so is not written again. The version of a record is the number of its last change.',
        params,
        body: registerChangesSchema,
        answers: { 200: registerOutcomesSchema },
        refusals: [404, 409],
      },
      body,
      async handle(request) {
        const { by, changes } = parseBody(registerChangesSchema, request.body, limits)
        const written = await administrationOf(request).write(changes, { by, trace: request.trace })
        return jsonAnswer(200, { changes: written })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/changes`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Read what changed, in order',
        params,
        query: registerChangesQuerySchema,
        answers: { 200: registerChangesAnswerSchema },
        refusals: [404],
      },
      async handle(request) {
        const { by, after, limit } = parseParameters(registerChangesQuerySchema, request.query)
        const changes = await administrationOf(request).changes({ after, limit }, { by, trace: request.trace })
        return jsonAnswer(200, { changes, next: changes.at(-1)?.sequence ?? after })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/import`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Import records: those that are right, with what is wrong with the others',
        params,
        body: registerRowsSchema,
        answers: { 200: registerRowOutcomesSchema },
        refusals: [404],
      },
      body,
      async handle(request) {
        const { by, rows } = parseBody(registerRowsSchema, request.body, limits)
        return jsonAnswer(200, { rows: await administrationOf(request).importRows(rows, { by, trace: request.trace }) })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/history`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Read every change of one record',
        params,
        body: registerHistorySchema,
        answers: { 200: registerHistoryAnswerSchema },
        refusals: [404],
      },
      body: { ...body, maxBytes: 16 * 1024 },
      async handle(request) {
        const { by, type, key } = parseBody(registerHistorySchema, request.body)
        const changes = await administrationOf(request).history(type, key, { by, trace: request.trace })
        return jsonAnswer(200, { changes })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/export`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'Export every record of a register',
        about:
          'One record a line, in an order in which they can be imported; a line with `end` and their number is last.',
        params,
        query: registerExportQuerySchema,
        answers: { 200: { mediaType: 'application/jsonl', about: 'A record a line, and that it ends.' } },
        refusals: [404],
      },
      async handle(request): Promise<HttpAnswer> {
        const { by } = parseParameters(registerExportQuerySchema, request.query)
        const records = await administrationOf(request).exportRecords({ by, trace: request.trace })
        return {
          status: 200,
          headers: { 'content-type': 'application/jsonl; charset=utf-8', 'cache-control': 'no-store' },
          body: toLines(records),
        }
      },
    },
  ]
}

async function* toLines(records: AsyncIterable<ExportedRecord>): AsyncGenerator<string> {
  let count = 0
  for await (const exported of records) {
    count += 1
    yield `${JSON.stringify(exported)}\n`
  }
  yield `${JSON.stringify({ end: true, records: count })}\n`
}
