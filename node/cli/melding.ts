import {
  meldingListSchema,
  meldingSchema,
  sentMeldingenSchema,
  toldMeldingenSchema,
  type SentMeldingData,
  type ShownMeldingData,
} from '../../schemas/wire/melding.js'
import { byOption, operatorOf } from './by.js'
import {
  CommandFailure,
  configOption,
  jsonOption,
  nodeOption,
  type Command,
  type Given,
  type Terminal,
} from './command.js'
import { exitStatus } from './exit-status.js'
import { subjectOption } from './explain.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

/** `bronnet melding …`: what others say is wrong with records here, and telling others. */
export function meldingCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  const common = [subjectOption, configOption, nodeOption, jsonOption]
  return [
    {
      name: 'melding list',
      summary: 'list meldingen that wait, or those that were sent',
      options: [
        ...common,
        { name: 'all', about: 'also those that have ended' },
        { name: 'sent', about: 'those that this organisation sent' },
      ],
      examples: ['bronnet melding list --subject ciz'],
      run: onNode(list),
    },
    {
      name: 'melding show',
      summary: 'show one melding and what was done with it',
      operands: ['ID'],
      options: common,
      examples: ['bronnet melding show --subject ciz 8d5ff0a6-6f0c-4a57-9d0a-1c1f0a7d9b11'],
      run: onNode(show),
    },
    {
      name: 'melding resolve',
      summary: 'take a melding a step further',
      operands: ['ID'],
      options: [
        ...common,
        { name: 'state', value: 'STATE', about: 'in-behandeling, hersteld or afgewezen', required: true },
        { name: 'reason', value: 'TEXT', about: 'why it is rejected; no personal data' },
        byOption,
      ],
      examples: ['bronnet melding resolve --subject ciz --state afgewezen --reason "de datum klopt" 8d5ff0a6-…'],
      run: onNode(resolve),
    },
    {
      name: 'melding send',
      summary: 'tell a bronhouder what is wrong with one of its records',
      options: [
        ...common,
        { name: 'rule', value: 'CODE', about: 'code of the rule, such as IRG0012', required: true },
        { name: 'record', value: 'TYPE/ID', about: 'the record', required: true },
        { name: 'to', value: 'KIND:ID', about: 'the bronhouder, such as KVK:62253778', required: true },
        byOption,
      ],
      examples: [
        'bronnet melding send --subject noord --rule IRG0012 --record WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f0 --to KVK:62253778',
      ],
      run: onNode(send),
    },
  ]
}

const pathOf = (given: Given, more: string): string =>
  `/internal/bronnet/v1/subjects/${encodeURIComponent(given.value('subject') ?? '')}/${more}`

async function list(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  if (given.has('sent')) return listSent(call, given, terminal)
  const found: ShownMeldingData[] = []
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams({ all: String(given.has('all')), limit: '500', ...(after && { after }) })
    const { body } = await call({ method: 'GET', path: pathOf(given, `meldingen?${query.toString()}`) })
    const page = meldingListSchema.parse(body)
    found.push(...page.meldingen)
    after = page.next
    if (after === undefined) break
  }
  const rows = found.map(({ meldingID, rule, recordID, sender, dueOn, overdue, state }) => [
    meldingID,
    rule,
    recordID,
    sender.name ?? `${sender.idType}:${sender.id}`,
    `${dueOn}${overdue ? ' (too late)' : ''}`,
    state,
  ])
  terminal.say(
    given.has('json') ? JSON.stringify(found) : formatTable(['ID', 'RULE', 'RECORD', 'FROM', 'DUE', 'STATE'], rows),
  )
  return exitStatus.good
}

async function listSent(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const found: SentMeldingData[] = []
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams({ limit: '500', ...(after && { after }) })
    const { body } = await call({ method: 'GET', path: pathOf(given, `sent-meldingen?${query.toString()}`) })
    const page = sentMeldingenSchema.parse(body)
    found.push(...page.meldingen)
    after = page.next
    if (after === undefined) break
  }
  const rows = found.map(({ rule, recordID, receiver, sentAt, answeredAt }) => [
    rule,
    recordID,
    `${receiver.idType}:${receiver.id}`,
    sentAt,
    answeredAt ?? '',
  ])
  terminal.say(
    given.has('json') ? JSON.stringify(found) : formatTable(['RULE', 'RECORD', 'TO', 'SENT', 'ANSWERED'], rows),
  )
  return exitStatus.good
}

async function show(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const path = pathOf(given, `meldingen/${encodeURIComponent(given.operands[0] ?? '')}`)
  const melding = meldingSchema.parse((await call({ method: 'GET', path })).body)
  terminal.say(given.has('json') ? JSON.stringify(melding) : describe(melding).join('\n'))
  return exitStatus.good
}

async function resolve(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const path = pathOf(given, `meldingen/${encodeURIComponent(given.operands[0] ?? '')}/state`)
  const reason = given.value('reason')
  const step = { state: given.value('state'), by: operatorOf(given), ...(reason === undefined ? {} : { reason }) }
  const melding = meldingSchema.parse((await call({ method: 'POST', path, body: step })).body)
  terminal.say(given.has('json') ? JSON.stringify(melding) : describe(melding).join('\n'))
  return exitStatus.good
}

async function send(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const [idType = '', id = '', ...others] = (given.value('to') ?? '').split(':')
  if (id === '' || others.length > 0)
    throw new CommandFailure(exitStatus.usage, ['--to: give a kind, a colon and a number, such as KVK:62253778'])
  const draft = {
    rule: given.value('rule'),
    recordID: given.value('record'),
    receiver: { idType: idType.toUpperCase(), id },
    by: operatorOf(given),
  }
  const { body } = await call({ method: 'POST', path: pathOf(given, 'meldingen'), body: draft })
  const { told } = toldMeldingenSchema.parse(body)
  terminal.say(
    given.has('json')
      ? JSON.stringify({ told })
      : told.length === 0
        ? 'told before, and still to be mended'
        : 'put into the outbox',
  )
  return exitStatus.good
}

function describe(melding: ShownMeldingData): readonly string[] {
  const { meldingID, rule, omschrijving, recordID, sender, receivedAt, dueOn, overdue, state, history } = melding
  return [
    `melding ${meldingID}: ${state}`,
    `rule ${rule}${omschrijving === undefined ? '' : `: ${omschrijving}`}`,
    `record ${recordID}`,
    `from ${sender.name ?? ''} ${sender.idType}:${sender.id} at ${receivedAt}`,
    `due on ${dueOn}${overdue ? ': too late' : ''}`,
    ...history.map(
      ({ state: next, at, by, reason }) => `${at} ${next} by ${by}${reason === undefined ? '' : `: ${reason}`}`,
    ),
  ]
}
