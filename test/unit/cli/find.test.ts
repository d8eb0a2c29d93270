import { afterEach, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../../node/cli/arguments.js'
import { CommandFailure } from '../../../node/cli/command.js'
import { usageOfCommand } from '../../../node/cli/usage.js'
import { commandTable } from '../../../scripts/command-table.js'
import { createOutboundWorld } from '../../support/outbound-world.js'

const world = createOutboundWorld()
afterEach(() => world.close())

const commands = commandTable

const organization = { name: 'CIZ', role: 'ciz', identifiers: [{ kind: 'kvk', value: '62253778' }] }
const service = {
  id: 'https://ciz.nl/catalogus/services/a',
  type: 'DataService',
  title: { nl: 'Bevraging' },
  description: {},
  endpointURL: 'https://ciz.nl/a/graphql',
  endpointDescription: [],
  conformsTo: [],
  servesDataset: [],
}
const dataset = {
  id: 'https://ciz.nl/catalogus/datasets/a',
  type: 'Dataset',
  title: { nl: 'Indicatieregister Wlz' },
  description: {},
  keyword: [],
  version: '1',
  modified: '2026-10-01T09:00:00Z',
  publisher: 'did:web:ciz.nl',
  theme: [],
  spatial: [],
  conformsTo: [],
  purpose: [{ id: 'https://catalogus.example/doel/WLZ_UITVOERING', prefLabel: {} }],
  legalBasis: [],
  applicableLegislation: [],
  accessRights: 'n',
  accrualPeriodicity: 'c',
  subjectSelector: 's',
  recipientRole: [],
  hasPolicy: [],
  distribution: [
    {
      id: 'd',
      type: 'Distribution',
      title: {},
      accessURL: 'https://ciz.nl/a/graphql',
      conformsTo: [],
      accessService: 'x',
    },
  ],
}
const record = (primaryTopic: object) => ({
  type: 'CatalogRecord',
  modified: '2026-10-01T09:00:00Z',
  language: 'nl',
  source: 'https://ciz.nl/catalogus',
  digest: 'rdfc-1.0+sha-256:x',
  freshness: 'fresh',
  guarded: false,
  organization,
  primaryTopic,
})
const party = {
  id: 'did:web:ciz.nl',
  type: 'Agent',
  organization,
  services: ['demo'],
  parameters: {},
  catalogue: { id: 'https://ciz.nl/catalogus', version: '1', digest: 'd', freshness: 'fresh' },
}

interface Index {
  readonly stale?: boolean
  readonly asOf?: string
  readonly total?: number
  readonly records?: Readonly<Record<string, readonly object[]>>
  /** How much is found without a parameter. */
  readonly without?: Readonly<Record<string, number>>
  readonly counts?: { readonly parties: number; readonly datasets: number; readonly services: number }
  readonly lists?: readonly string[]
  readonly status?: number
}

/** Runs `bronnet find` with these words against a node whose index answers like this. */
async function find(words: readonly string[], index: Index) {
  const {
    stale = false,
    asOf = '2026-11-24T09:00:00Z',
    records = {},
    without = {},
    lists = ['demo'],
    status = 200,
  } = index
  const counts = index.counts ?? { parties: 3, datasets: 2, services: 2 }
  const server = await world.serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const freshness = stale ? 'stale' : 'fresh'
    const found = records[pathname.split('/').at(-1) ?? ''] ?? []
    const missing = Object.keys(without).find((name) => !searchParams.has(name))
    const total = missing === undefined ? (index.total ?? found.length) : (without[missing] ?? 0)
    const answer = pathname.startsWith('/internal')
      ? {
          seed: 's',
          seq: 1,
          freshness,
          lists: lists.map((service) => ({ service, freshness })),
          authority: {},
          ...counts,
          catalogues: 1,
          failing: 0,
          refused: 0,
        }
      : { '@context': [], seed: 's', seq: 1, asOf, stale, freshness, total, records: found }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  const request = parseArguments(commands, ['find', ...words, '--node', `http://127.0.0.1:${server.port}`])
  if (request.kind !== 'run') throw new Error(JSON.stringify(request))
  const [said, noted]: [string[], string[]] = [[], []]
  const exit = await request.command.run(request.given, {
    say: (text) => said.push(text),
    note: (text) => noted.push(text),
  })
  return { status: exit, said: said.join('\n'), noted, asked: server.requests.map(({ path }) => path) }
}

describe('bronnet find', () => {
  test('shows datasets with who holds them, for what and where', async () => {
    const { status, said, noted, asked } = await find(['indicatie', 'wlz'], {
      records: { datasets: [record(dataset)] },
    })
    expect(status).toBe(0)
    expect(said.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['DATASET', 'HOLDER', 'ROLE', 'PURPOSE', 'ADDRESS'],
      ['Indicatieregister Wlz', 'CIZ', 'ciz', 'WLZ_UITVOERING', 'https://ciz.nl/a/graphql'],
    ])
    expect(noted).toEqual([])
    expect(asked).toEqual(['/index/v1/datasets?q=indicatie+wlz&limit=20'])
  })

  test('takes conditions with and without words', async () => {
    const words = [
      '--region',
      'gm0363',
      '--role',
      'gemeente',
      '--purpose',
      'WMO',
      '--conforms-to',
      'https://a/*',
      '--limit',
      '5',
    ]
    const more = [
      '--grondslag',
      'A6-1-e',
      '--may-ask',
      'ciz',
      '--identifier',
      'kvk:1',
      '--publisher',
      'did:web:a',
      '--list',
      'demo',
    ]
    const { asked } = await find([...words, ...more], { records: { datasets: [record(dataset)] } })
    expect(Object.fromEntries(new URL(asked[0] ?? '', 'http://a').searchParams)).toEqual({
      spatial: 'gm0363',
      role: 'gemeente',
      purpose: 'WMO',
      conformsTo: 'https://a/*',
      grondslag: 'A6-1-e',
      recipient: 'ciz',
      identifier: 'kvk:1',
      publisher: 'did:web:a',
      service: 'demo',
      limit: '5',
    })
  })

  test.each([
    [
      'services',
      service,
      ['SERVICE', 'HOLDER', 'ROLE', 'ADDRESS'],
      ['Bevraging', 'CIZ', 'ciz', 'https://ciz.nl/a/graphql'],
    ],
    [
      'parties',
      undefined,
      ['PARTY', 'ROLE', 'NUMBERS', 'DID', 'CATALOGUE'],
      ['CIZ', 'ciz', 'kvk:62253778', 'did:web:ciz.nl', 'https://ciz.nl/catalogus'],
    ],
  ])('shows %s', async (kind, topic, headings, row) => {
    const { said } = await find(['--kind', kind], {
      records: { [kind]: [topic === undefined ? party : record(topic)] },
    })
    expect(said.split('\n').map((line) => line.split(/ {2,}/))).toEqual([headings, row])
  })

  test('prints the answer of the node for programs', async () => {
    const { said } = await find(['a', '--json'], { records: { datasets: [record(dataset)] } })
    expect(JSON.parse(said)).toMatchObject({ total: 1, stale: false, records: [{ primaryTopic: { id: dataset.id } }] })
  })

  test('says that there is more than it shows', async () => {
    const { noted } = await find(['a'], { total: 53, records: { datasets: [record(dataset)] } })
    expect(noted).toEqual(['1 of 53 are shown; --limit 100 shows more.'])
  })

  test('says how old the copy is when it is too old, beside what it found', async () => {
    const { status, noted } = await find(['a'], { stale: true, records: { datasets: [record(dataset)] } })
    expect(status).toBe(0)
    expect(noted).toEqual([expect.stringMatching(/^Beware: .* last read at 2026-11-24T09:00:00Z, more than a day ago/)])
  })
})

describe('bronnet find that finds nothing', () => {
  test('says which condition stands in the way', async () => {
    const { status, said, noted } = await find(['wmo', '--region', 'gm0001'], { without: { spatial: 4, q: 0 } })
    expect([status, said]).toEqual([1, ''])
    expect(noted).toEqual([
      'Nothing was found. The index holds 2 datasets and 2 services of 3 parties.',
      'Without --region: 4.',
    ])
  })

  test('says so when each of the conditions stands in the way', async () => {
    const { noted } = await find(['wmo', '--region', 'gm0001'], {})
    expect(noted.at(-1)).toContain('leave out more')
  })

  test('says that the index holds nothing of the kind, and which lists it follows', async () => {
    const counts = { parties: 3, datasets: 0, services: 0 }
    const { noted } = await find(['wmo'], { counts })
    expect(noted.join(' ')).toMatch(/holds 0 datasets .* It follows demo\./)
    const { noted: lonely } = await find(['wmo'], { counts, lists: [] })
    expect(lonely.at(-1)).toContain('discovery.definitions')
  })

  test('does not call it established when the copy is too old', async () => {
    const { status, noted } = await find(['wmo'], { stale: true })
    expect(status).toBe(2)
    expect(noted[0]).toMatch(/^Beware/)
  })

  test('because the node has no index, says how to have one', async () => {
    await expect(find(['wmo'], { status: 404 })).rejects.toMatchObject({
      status: 1,
      lines: [expect.stringContaining('discovery.index.enabled')],
    })
  })
})

test.each([
  [['--kind', 'dingen'], /--kind: give datasets, services, parties/],
  [['--limit', '0'], /--limit: give a number from 1 to 100/],
  [['--limit', '101'], /--limit/],
])('bronnet find %j is a mistake', async (words, line) => {
  const failure = await find(words, {}).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(CommandFailure)
  expect(failure).toMatchObject({ status: 64, lines: [expect.stringMatching(line)] })
})

test('its help says that words may follow', () => {
  const command = commands.find(({ name }) => name === 'find')
  if (command === undefined) throw new Error('there is no such command')
  expect(usageOfCommand(command)).toMatch(/^Usage: bronnet find \[WORD …\] \[options\]\n/)
})
