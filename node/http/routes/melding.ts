import type { Parties } from '../../identity/parties.js'
import type { MeldingDesk, ShownMelding } from '../../overview/melding/melding-desk.js'
import { sentMeldingen, type SentMelding } from '../../overview/melding/melding-records.js'
import type { ReportFaults } from '../../overview/melding/report-faults.js'
import type { MeldingRules } from '../../overview/melding/rules.js'
import type { Store } from '../../stores/contracts.js'
import {
  checkedRecordsSchema,
  meldingDraftSchema,
  meldingListQuerySchema,
  meldingListSchema,
  meldingSchema,
  meldingStepSchema,
  recordsToCheckSchema,
  sentMeldingenSchema,
  toldMeldingenSchema,
  type SentMeldingData,
  type ShownMeldingData,
} from '../../../schemas/wire/melding.js'
import { jsonAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface MeldingRoutesDeps {
  readonly parties: Pick<Parties, 'get'>
  readonly store: Pick<Store, 'records'>
  readonly desk: MeldingDesk
  readonly rules: MeldingRules
  readonly reportFaults: ReportFaults
}

const base = '/internal/bronnet/v1/subjects/:subject'
const small = { maxBytes: 16 * 1024, mediaTypes: ['application/json'] } as const

/** What others say is wrong with records here, and what this organisation tells others. @see iWlz RFC0018 */
export function meldingRoutes({ parties, store, desk, rules, reportFaults }: MeldingRoutesDeps): readonly Route[] {
  const subjectOf = async (params: Readonly<Record<string, string>>): Promise<string> =>
    (await parties.get(params['subject'] ?? '')).subject
  const toMelding = (melding: ShownMelding): ShownMeldingData => {
    const { party: _, receivedAt, history, ...shown } = melding
    const omschrijving = rules.find(melding.rule)?.omschrijving
    return meldingSchema.parse({
      ...shown,
      ...(omschrijving === undefined ? {} : { omschrijving }),
      receivedAt: toMoment(receivedAt),
      history: history.map(({ at, ...step }) => ({ ...step, at: toMoment(at) })),
    })
  }
  return [
    {
      method: 'GET',
      pattern: `${base}/meldingen`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'List what others say is wrong with records here',
        about: 'Those that wait, the oldest first; the term of each is one working day.',
        query: meldingListQuerySchema,
        answers: { 200: meldingListSchema },
        refusals: [404],
      },
      async handle({ params, query }) {
        const { all, after, limit } = parseParameters(meldingListQuerySchema, query)
        const page = await desk.list({ party: await subjectOf(params), all: all === 'true', after, limit })
        return jsonAnswer(200, { ...page, meldingen: page.meldingen.map(toMelding) })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/meldingen/:id`,
      family: 'problem',
      callers: ['application'],
      doc: { summary: 'Show one melding', answers: { 200: meldingSchema }, refusals: [404] },
      handle: async ({ params }) =>
        jsonAnswer(200, toMelding(await desk.get(await subjectOf(params), params['id'] ?? ''))),
    },
    {
      method: 'POST',
      pattern: `${base}/meldingen/:id/state`,
      family: 'problem',
      callers: ['application'],
      body: small,
      doc: {
        summary: 'Take a melding a step further',
        about: 'A melding about a record of a register here is mended by itself when that record changes.',
        body: meldingStepSchema,
        answers: { 200: meldingSchema },
        refusals: [404, 409],
      },
      async handle({ params, body, trace }) {
        const step = parseBody(meldingStepSchema, body)
        return jsonAnswer(
          200,
          toMelding(await desk.move(await subjectOf(params), params['id'] ?? '', { ...step, trace })),
        )
      },
    },
    {
      method: 'POST',
      pattern: `${base}/meldingen`,
      family: 'problem',
      callers: ['application'],
      body: small,
      doc: {
        summary: 'Tell a bronhouder what is wrong with one of its records',
        about: 'Goes through the outbox. Also for rules that this node does not check itself.',
        body: meldingDraftSchema,
        answers: { 200: toldMeldingenSchema },
        refusals: [404],
      },
      async handle({ params, body, trace }) {
        const { rule, recordID, receiver, by } = parseBody(meldingDraftSchema, body)
        const report = { party: await subjectOf(params), receiver, faults: [{ rule, recordID }], by, trace }
        return jsonAnswer(200, { told: (await reportFaults(report)).map(toSent) })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/checked-records`,
      family: 'problem',
      callers: ['application'],
      body: { maxBytes: 4 * 1024 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Hold records that were read elsewhere against the rules, and tell their bronhouder what is wrong',
        about: 'Nothing of the records is kept. The overview does the same with what it reads.',
        body: recordsToCheckSchema,
        answers: { 200: checkedRecordsSchema },
        refusals: [404],
      },
      async handle({ params, body, trace }) {
        const asked = parseBody(recordsToCheckSchema, body, { members: 200_000 })
        const party = await subjectOf(params)
        const faults = rules.check(asked.register, asked.type, asked.records).map(({ rule, recordID }) => ({
          rule: rule.code,
          omschrijving: rule.omschrijving,
          recordID,
        }))
        const told =
          asked.receiver === undefined
            ? []
            : await reportFaults({ party, receiver: asked.receiver, faults, by: asked.by, trace })
        return jsonAnswer(200, { faults, told: told.map(toSent) })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/sent-meldingen`,
      family: 'problem',
      callers: ['application'],
      doc: {
        summary: 'List what this organisation told others, and what was answered',
        query: meldingListQuerySchema.pick({ after: true, limit: true }),
        answers: { 200: sentMeldingenSchema },
        refusals: [404],
      },
      async handle({ params, query }) {
        const schema = meldingListQuerySchema.pick({ after: true, limit: true })
        const { after, limit } = parseParameters(schema, query)
        const prefix = [await subjectOf(params)]
        const page = await store.records.list(sentMeldingen, {
          prefix,
          limit,
          ...(after === undefined ? {} : { after }),
        })
        return jsonAnswer(200, {
          meldingen: page.items.map(({ value }) => toSent(value)),
          ...(page.next === undefined ? {} : { next: page.next }),
        })
      },
    },
  ]
}

function toSent({ party: _, sentAt, answeredAt, ...sent }: SentMelding): SentMeldingData {
  return {
    ...sent,
    sentAt: toMoment(sentAt),
    ...(answeredAt === undefined ? {} : { answeredAt: toMoment(answeredAt) }),
  }
}

function toMoment(at: number): string {
  return new Date(at).toISOString()
}
