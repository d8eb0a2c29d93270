import { z } from 'zod'
import {
  datasetAnswerSchema,
  indexStatusSchema,
  partyAnswerSchema,
  serviceAnswerSchema,
} from '../../schemas/wire/index-search.js'
import {
  CommandFailure,
  configOption,
  jsonOption,
  nodeOption,
  type Command,
  type CommandOption,
  type Given,
  type Terminal,
} from './command.js'
import { exitStatus } from './exit-status.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

/** Conditions, each with the parameter of the index that it becomes. All must hold. */
const conditions: readonly (CommandOption & { readonly parameter: string })[] = [
  { name: 'region', value: 'CODE', about: 'region, such as gm0363, or its IRI', parameter: 'spatial' },
  { name: 'role', value: 'ROLE', about: 'role of who holds it, such as zorgkantoor', parameter: 'role' },
  { name: 'may-ask', value: 'ROLE', about: 'role of who may ask for it', parameter: 'recipient' },
  { name: 'purpose', value: 'CODE', about: 'doel, such as WLZ_UITVOERING', parameter: 'purpose' },
  {
    name: 'grondslag',
    value: 'LAW',
    about: 'law or legal basis, such as BWBR0035917 or A6-1-e',
    parameter: 'grondslag',
  },
  {
    name: 'conforms-to',
    value: 'IRI',
    about: 'data model or standard; /* at its end for all below it',
    parameter: 'conformsTo',
  },
  { name: 'identifier', value: 'NUMBER', about: 'number of who holds it, such as uzovi:5999', parameter: 'identifier' },
  { name: 'publisher', value: 'DID', about: 'DID of who holds it', parameter: 'publisher' },
  { name: 'list', value: 'NAME', about: 'discovery list that the holder is on', parameter: 'service' },
]

const kinds = ['datasets', 'services', 'parties'] as const
type Kind = (typeof kinds)[number]

const usualLimit = '20'
const longestLimit = '100'

/** `bronnet find`: who holds what, in the index of a node: verified before, and asked of nobody now. */
export function searchCommand({ findConfiguration }: { readonly findConfiguration: FindConfiguration }): Command {
  return {
    name: 'find',
    summary: 'find datasets, services or parties of the network, in what the node has verified',
    furtherOperands: 'WORD',
    options: [
      { name: 'kind', value: 'KIND', choices: kinds, about: `${kinds.join(', ')}; default: ${kinds[0]}` },
      ...conditions,
      { name: 'limit', value: 'NUMBER', about: `how many to show, 1 to ${longestLimit}; default: ${usualLimit}` },
      configOption,
      nodeOption,
      jsonOption,
    ],
    examples: [
      'bronnet find indicatieregister',
      'bronnet find --role gemeente --region gm0363 --purpose WMO_UITVOERING',
      'bronnet find zorgkantoor --kind parties --json',
    ],
    run: withNode(findConfiguration)(find),
  }
}

async function find(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const kind = parseKind(given.value('kind') ?? kinds[0])
  const query = queryOf(given)
  const body = await search(call, kind, { ...query, limit: parseLimit(given.value('limit') ?? usualLimit) })
  const found = answerSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify(body))
  else if (found.records.length > 0) terminal.say(tableOf(kind, body))
  const { total, records, stale, asOf } = found
  if (stale) terminal.note(staleWords(asOf))
  if (records.length > 0) {
    if (total > records.length)
      terminal.note(`${String(records.length)} of ${String(total)} are shown; --limit ${longestLimit} shows more.`)
    return exitStatus.good
  }
  for (const line of await explainNothing(call, kind, query)) terminal.note(line)
  return stale ? exitStatus.unproven : exitStatus.no
}

type Query = Readonly<Record<string, string>>

const answerSchema = z.object({
  total: z.int(),
  stale: z.boolean(),
  asOf: z.string().optional(),
  records: z.array(z.unknown()),
})

async function search(call: CallNode, kind: Kind, query: Query): Promise<unknown> {
  const { status, body } = await call({
    method: 'GET',
    path: `/index/v1/${kind}?${new URLSearchParams(query).toString()}`,
    accept: [404],
  })
  if (status === 404)
    throw new CommandFailure(exitStatus.no, ['this node has no index: set discovery.index.enabled in its settings'])
  return body
}

function queryOf(given: Given): Query {
  const wanted = conditions.flatMap(({ name, parameter }) => {
    const value = given.value(name)
    return value === undefined ? [] : [[parameter, value] as const]
  })
  const words = given.operands.join(' ').trim()
  return { ...(words === '' ? {} : { q: words }), ...Object.fromEntries(wanted) }
}

function tableOf(kind: Kind, body: unknown): string {
  switch (kind) {
    case 'datasets':
      return formatTable(
        ['DATASET', 'HOLDER', 'ROLE', 'PURPOSE', 'ADDRESS'],
        datasetAnswerSchema
          .parse(body)
          .records.map(({ primaryTopic, organization }) => [
            textOf(primaryTopic.title),
            organization.name ?? primaryTopic.publisher,
            organization.role ?? '',
            primaryTopic.purpose.map(({ id }) => endOf(id)).join(', '),
            [...new Set(primaryTopic.distribution.map(({ accessURL }) => accessURL))].join(' '),
          ]),
      )
    case 'services':
      return formatTable(
        ['SERVICE', 'HOLDER', 'ROLE', 'ADDRESS'],
        serviceAnswerSchema
          .parse(body)
          .records.map(({ primaryTopic, organization }) => [
            textOf(primaryTopic.title),
            organization.name ?? '',
            organization.role ?? '',
            primaryTopic.endpointURL,
          ]),
      )
    case 'parties':
      return formatTable(
        ['PARTY', 'ROLE', 'NUMBERS', 'DID', 'CATALOGUE'],
        partyAnswerSchema
          .parse(body)
          .records.map(({ id, organization, catalogue }) => [
            organization.name ?? '',
            organization.role ?? '',
            organization.identifiers.map(({ kind: of, value }) => `${of}:${value}`).join(', '),
            id,
            catalogue?.id ?? '',
          ]),
      )
  }
}

/** Why nothing was found, as far as the index itself can tell: what it holds, and which condition stands in the way. */
async function explainNothing(call: CallNode, kind: Kind, query: Query): Promise<readonly string[]> {
  // Who may search is not always told how the node is set up.
  const { status: answered, body } = await call({ method: 'GET', path: '/internal/bronnet/v1/index', accept: [403] })
  const status = answered === 403 ? undefined : indexStatusSchema.parse(body)
  const first =
    status === undefined
      ? 'Nothing was found.'
      : `Nothing was found. The index holds ${String(status.datasets)} datasets and ${String(status.services)} services of ${String(status.parties)} parties.`
  if (status?.[kind] === 0) {
    return [
      first,
      status.lists.length === 0
        ? 'This node follows no discovery list: give discovery.definitions.'
        : `It follows ${status.lists.map(({ service }) => service).join(', ')}. See bronnet health, or try again when the list was read.`,
    ]
  }
  const left = await Promise.all(
    Object.keys(query).map(async (name) => {
      const { [name]: _, ...others } = query
      const { total } = answerSchema.parse(await search(call, kind, { ...others, limit: '1' }))
      return { name, total }
    }),
  )
  const helping = left.filter(({ total }) => total > 0)
  return [
    first,
    ...(helping.length === 0 && left.length > 1
      ? ['Nothing is found without one of the conditions either: leave out more.']
      : helping.map(({ name, total }) => `Without ${wordsFor(name)}: ${String(total)}.`)),
  ]
}

function wordsFor(parameter: string): string {
  const option = conditions.find((condition) => condition.parameter === parameter)
  return option === undefined ? 'the words' : `--${option.name}`
}

function staleWords(asOf: string | undefined): string {
  return asOf === undefined
    ? 'Beware: a discovery list was never read to its end, so what is not shown may exist.'
    : `Beware: a discovery list was last read at ${asOf}, more than a day ago. Do not trust new addresses; what is not shown may exist.`
}

function textOf(texts: Readonly<Record<string, string>>): string {
  return texts['nl'] ?? Object.values(texts)[0] ?? ''
}

function endOf(iri: string): string {
  return iri.split(/[/#]/).at(-1) ?? iri
}

function parseKind(text: string): Kind {
  const kind = kinds.find((known) => known === text)
  if (kind === undefined) throw new CommandFailure(exitStatus.usage, [`--kind: give ${kinds.join(', ')}`])
  return kind
}

function parseLimit(text: string): string {
  if (/^([1-9]|[1-9]\d|100)$/.test(text)) return text
  throw new CommandFailure(exitStatus.usage, [`--limit: give a number from 1 to ${longestLimit}`])
}
