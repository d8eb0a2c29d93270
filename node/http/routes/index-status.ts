import type { DiscoveryIndex } from '../../discovery/index/discovery-index.js'
import { worst } from '../../discovery/index/freshness.js'
import { shownTime } from '../../discovery/index/search-index.js'
import { errorCodes } from '../../kernel/errors.js'
import { indexProblemsSchema, indexStatusSchema, type IndexProblem } from '../../../schemas/wire/index-search.js'
import { publicErrors } from '../errors/table.js'
import { emptyAnswer, jsonAnswer, type Route } from '../exchange.js'

export interface IndexStatusRoutesDeps {
  readonly index: DiscoveryIndex
}

const base = '/internal/bronnet/v1/index'

/** How far the index is, what it does not show and why, for who runs the node. */
export function indexStatusRoutes({ index }: IndexStatusRoutesDeps): readonly Route[] {
  const { live, search, authority } = index
  return [
    {
      method: 'GET',
      pattern: base,
      family: 'problem',
      callers: ['operator', 'reader'],
      aboutParties: 'none',
      doc: { summary: 'How far the index of the network is', answers: { 200: indexStatusSchema } },
      async handle() {
        await live.ready()
        const lists = await search.lists()
        const { version } = authority
        const oldest = lists.map(({ asOf }) => asOf).sort((a, b) => (a ?? 0) - (b ?? 0))[0]
        const asOf = shownTime(oldest)
        return jsonAnswer(200, {
          seed: live.seed,
          seq: live.sequence,
          ...(asOf === undefined ? {} : { asOf }),
          freshness: worst(lists.map(({ freshness }) => freshness)),
          lists: lists.map(({ service, asOf: at, freshness }) => ({ service, ...timed('asOf', at), freshness })),
          authority: version === undefined ? {} : { version },
          ...live.count(),
          failing: live.failing().length,
          refused: live.refused().length,
        })
      },
    },
    {
      method: 'GET',
      pattern: `${base}/problems`,
      family: 'problem',
      callers: ['operator', 'reader'],
      aboutParties: 'none',
      doc: {
        summary: 'Catalogues and datasets that are not believed, with the reason',
        about: 'A catalogue that fails keeps its last good version until what its publisher signed for that ends.',
        answers: { 200: indexProblemsSchema },
      },
      async handle() {
        await live.ready()
        const problems = [...live.failing().map(toProblem), ...live.refused().map(toRefusal)]
        return jsonAnswer(200, { problems })
      },
    },
    {
      method: 'POST',
      pattern: `${base}/refresh`,
      family: 'problem',
      callers: ['operator'],
      aboutParties: 'none',
      unconfirmed: 'goes-on',
      doc: {
        summary: 'Take in now what changed on the lists, and look at every catalogue that is due',
        answers: { 204: 'Done.' },
      },
      async handle() {
        await index.takeListings()
        await index.lookAtDue()
        return emptyAnswer(204)
      },
    },
  ]
}

type Failing = ReturnType<DiscoveryIndex['live']['failing']>[number]

function toProblem({ did, reason = '', notes, since, failures, nextAt, checkedAt }: Failing): IndexProblem {
  return {
    did,
    reason,
    words: wordsFor(reason),
    ...(notes === undefined ? {} : { notes: [...notes] }),
    ...timed('since', since),
    failures,
    ...(nextAt === Number.MAX_SAFE_INTEGER ? {} : timed('nextLook', nextAt)),
    ...timed('lastGood', checkedAt),
  }
}

function toRefusal({ did, id, reason, product }: ReturnType<DiscoveryIndex['live']['refused']>[number]): IndexProblem {
  return { did, reason, words: refusals[reason] ?? '', dataset: id, ...(product === undefined ? {} : { product }) }
}

const refusals: Readonly<Record<string, string>> = {
  'authority.not_proven': 'The publisher has no credential that gives it authority over this data product.',
  'authority.unnamed': 'The authority table has no row for this data product, and shows no others.',
}

function wordsFor(reason: string): string {
  const code = errorCodes.find((known) => known === reason)
  return code === undefined ? '' : publicErrors[code].words
}

function timed<K extends string>(name: K, at: number | undefined): Partial<Record<K, string>> {
  const shown = shownTime(at)
  return shown === undefined ? {} : ({ [name]: shown } as Record<K, string>) // One member, with that name.
}
