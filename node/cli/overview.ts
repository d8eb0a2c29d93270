import { overviewSchema, type Overview } from '../../schemas/wire/overview.js'
import { byOption, operatorOf } from './by.js'
import { configOption, jsonOption, nodeOption, type Command, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { subjectOption } from './explain.js'
import { readSecretText } from './input.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

/** `bronnet overview`: what is arranged for one person. The person comes by standard input, so it is in no list of processes. */
export function overviewCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  return [
    {
      name: 'overview',
      summary: 'ask what is arranged for one person, at every source that may be asked',
      options: [
        subjectOption,
        {
          name: 'bsn',
          value: 'FILE',
          about: 'file with the BSN of the person; `-` reads standard input',
          required: true,
        },
        { name: 'purpose', value: 'DOEL', about: 'doel of the decision basis', required: true, repeated: true },
        { name: 'basis', value: 'TEXT', about: 'reference of the own case; no personal data', required: true },
        { name: 'record', value: 'TYPE/ID', about: 'a record elsewhere that is about the person', repeated: true },
        { name: 'organization', value: 'KIND:ID', about: 'who may hold something about the person', repeated: true },
        byOption,
        configOption,
        nodeOption,
        jsonOption,
      ],
      examples: ['bronnet overview --subject wmo --purpose WMO_UITVOERING --basis zaak-2026-17 --bsn bsn.txt'],
      run: withNode(findConfiguration)(run),
    },
  ]
}

async function run(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const path = `/internal/bronnet/v1/subjects/${encodeURIComponent(given.value('subject') ?? '')}/overview`
  const { body } = await call({
    method: 'POST',
    path,
    body: {
      bsn: await readSecretText(given.value('bsn') ?? '', '--bsn'),
      purposes: given.values('purpose'),
      basis: given.value('basis'),
      by: operatorOf(given),
      records: given.values('record'),
      organizations: given.values('organization'),
    },
  })
  const overview = overviewSchema.parse(body)
  terminal.say(given.has('json') ? JSON.stringify(overview) : describe(overview).join('\n'))
  return overview.complete ? exitStatus.good : exitStatus.unproven
}

function describe({ timeline, gaps, overlaps, involved, sources, complete }: Overview): readonly string[] {
  const lines = timeline.map(({ domein, soort, aanbieder, van, tot, bron, opgehaaldOp, rule }) => [
    van,
    tot ?? 'open',
    domein,
    soort,
    aanbieder?.name ?? aanbieder?.agb ?? '',
    bron.name ?? bron.organization,
    opgehaaldOp,
    rule,
  ])
  const others = sources.filter(({ outcome }) => outcome !== 'answered')
  return [
    formatTable(['FROM', 'UNTIL', 'DOMEIN', 'SOORT', 'AANBIEDER', 'BRON', 'READ AT', 'RULE'], lines),
    ...gaps.map(({ van, tot, days }) => `gap: ${van} to ${tot}, ${String(days)} day(s)`),
    ...overlaps.map(
      ({ van, tot, days, domeinen }) =>
        `overlap of ${domeinen.join(' and ')}: ${van} to ${tot ?? 'open'}${days === null ? '' : `, ${String(days)} day(s)`}`,
    ),
    ...involved.map(({ as, organization, name }) => `${as}: ${name ?? organization} (${organization})`),
    complete ? 'every source answered' : 'this is not complete:',
    ...others.map(
      ({ title, bron, outcome, reasons }) =>
        `  ${outcome}: ${title}${bron.name === undefined ? '' : ` at ${bron.name}`}: ${reasons.join('; ')}`,
    ),
  ]
}
