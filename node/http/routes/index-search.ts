import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { answerContext, toDatasetRecord, toPartyRecord, toServiceRecord } from '../../discovery/index/answer-records.js'
import type { DiscoveryIndex } from '../../discovery/index/discovery-index.js'
import { shownTime, type IndexAnswer } from '../../discovery/index/search-index.js'
import type { Clock } from '../../kernel/clock.js'
import {
  datasetAnswerSchema,
  indexSearchQuerySchema,
  partyAnswerSchema,
  serviceAnswerSchema,
} from '../../../schemas/wire/index-search.js'
import type { HttpAnswer, HttpRequest, Route } from '../exchange.js'
import { parseParameters } from '../parse.js'
import { refusePersonNumbers } from '../person-numbers.js'

export interface IndexSearchRoutesDeps {
  readonly clock: Clock
  readonly index: Pick<DiscoveryIndex, 'search' | 'live'>
}

const mediaType = 'application/ld+json'

/** Finding parties, services and datasets, for the applications of the organisation itself. */
export function indexSearchRoutes({ clock, index }: IndexSearchRoutesDeps): readonly Route[] {
  const { search, live } = index
  const momentOf = (did: string) => ({ check: live.checkOf(did), now: clock.now() })
  return [
    route({
      path: 'datasets',
      summary: 'Find datasets in the catalogues of the network',
      answer: datasetAnswerSchema,
      async find(query) {
        const answer = await search.find('dataset', query)
        return { answer, records: answer.found.map((item) => toDatasetRecord(item, momentOf(item.did))) }
      },
    }),
    route({
      path: 'services',
      summary: 'Find data services in the catalogues of the network',
      answer: serviceAnswerSchema,
      async find(query) {
        const answer = await search.find('service', query)
        return { answer, records: answer.found.map((item) => toServiceRecord(item, momentOf(item.did))) }
      },
    }),
    route({
      path: 'parties',
      summary: 'Find parties of the network, also those without a catalogue',
      answer: partyAnswerSchema,
      async find(query) {
        const answer = await search.find('party', query)
        return { answer, records: answer.found.map((item) => toPartyRecord(item, momentOf(item.did))) }
      },
    }),
  ]
}

function route(options: {
  readonly path: string
  readonly summary: string
  readonly answer: z.ZodType
  readonly find: (query: Parameters<DiscoveryIndex['search']['find']>[1]) => Promise<{
    readonly answer: IndexAnswer<unknown>
    readonly records: readonly object[]
  }>
}): Route {
  const pattern = `/index/v1/${options.path}`
  return {
    method: 'GET',
    pattern,
    family: 'problem',
    callers: ['application', 'operator', 'reader'],
    aboutParties: 'none',
    doc: {
      summary: options.summary,
      about:
        'Looks only in what this node has verified before, and makes no call out. No parameter may hold a number that could be a BSN.',
      query: indexSearchQuerySchema,
      mediaType,
      answers: { 200: options.answer, 304: 'The answer is still the one of `If-None-Match`.' },
      refusals: [410],
    },
    async handle(request) {
      refusePersonNumbers(request.query)
      const { q, cursor, limit, ...filters } = parseParameters(indexSearchQuerySchema, request.query)
      const { answer, records } = await options.find({ q, cursor, limit, filters })
      return toAnswer(request, pattern, answer, records)
    },
  }
}

function toAnswer(
  { query, header }: HttpRequest,
  pattern: string,
  answer: IndexAnswer<unknown>,
  records: readonly object[],
): HttpAnswer {
  const { seed, sequence, freshness, total, next } = answer
  const asOf = shownTime(answer.asOf)
  const body = {
    '@context': answerContext,
    seed,
    seq: sequence,
    ...(asOf === undefined ? {} : { asOf }),
    stale: freshness === 'stale',
    freshness,
    total,
    ...(next === undefined ? {} : { next }),
    records,
  }
  // When the lists were read says nothing about what was found, and is another time at every look.
  const content = JSON.stringify({ ...body, asOf: undefined, seq: undefined, next: undefined })
  const etag = `W/"${createHash('sha256').update(content).digest('base64url')}"`
  const link = next === undefined ? {} : { link: `<${pattern}?${nextQuery(query, next)}>; rel="next"` }
  const headers = { etag, 'cache-control': 'no-cache', ...link }
  if (header('if-none-match') === etag) return { status: 304, headers }
  return {
    status: 200,
    headers: { ...headers, 'content-type': `${mediaType}; charset=utf-8` },
    body: JSON.stringify(body),
  }
}

function nextQuery(query: HttpRequest['query'], cursor: string): string {
  return new URLSearchParams({ ...query, cursor }).toString()
}
