import { createEventReader } from '../../schemas/wire/event-stream.js'
import {
  inboxAcknowledgedSchema,
  inboxMessageSchema,
  inboxPageSchema,
  type InboxMessage,
} from '../../schemas/wire/inbox.js'
import { webhookStateSchema } from '../../schemas/wire/webhook.js'
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
import {
  findPlace,
  streamFrom,
  withNode,
  type CallNode,
  type NodePlace,
  type FindConfiguration,
} from './node-client.js'
import { formatTable } from './table.js'

const common = [configOption, nodeOption]

/** `bronnet notification inbox|watch|acknowledge|retry|webhook`: what a party was told, and how it is handed over. */
export function notificationInboxCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'notification inbox',
      summary: 'list what a party was told and has not acknowledged, everything, or what is parked',
      options: [
        subjectOption,
        {
          name: 'state',
          value: 'STATE',
          choices: ['open', 'all', 'parked'],
          about: 'open, all or parked; default: open',
        },
        { name: 'limit', value: 'NUMBER', about: 'how many at most, 1 to 1000; default: 100' },
        { name: 'after', value: 'NUMBER', about: 'the number under the page before' },
        jsonOption,
        ...common,
      ],
      examples: [
        'bronnet notification inbox --subject zorgkantoor',
        'bronnet notification inbox --subject zorgkantoor --state parked',
      ],
      run: onNode(listInbox),
    },
    {
      name: 'notification watch',
      summary: 'follow what a party is told, one line of JSON for each message, until you stop it',
      options: [
        subjectOption,
        {
          name: 'after',
          value: 'POSITION',
          about: 'the position of the last message; default: what waits comes first',
        },
        ...common,
      ],
      examples: ['bronnet notification watch --subject zorgkantoor'],
      run: async (given, terminal) => watch(await findPlace(given, findConfiguration), given, terminal),
    },
    {
      name: 'notification acknowledge',
      summary: 'say that messages were processed, one by one or up to a number',
      furtherOperands: 'NUMBER',
      options: [
        subjectOption,
        { name: 'through', value: 'NUMBER', about: 'every message up to and including this number' },
        byOption,
        jsonOption,
        ...common,
      ],
      examples: [
        'bronnet notification acknowledge 12 14 --subject zorgkantoor',
        'bronnet notification acknowledge --through 20 --subject zorgkantoor',
      ],
      run: onNode(acknowledge),
    },
    {
      name: 'notification retry',
      summary: 'try a parked message again',
      operands: ['NUMBER'],
      options: [subjectOption, byOption, jsonOption, ...common],
      examples: ['bronnet notification retry 12 --subject zorgkantoor'],
      run: onNode(async (call, given, terminal) => {
        const body = { by: operatorOf(given), number: numberOf(given.operands[0], 'NUMBER') }
        const answer = await call({ method: 'POST', path: `${pathOf(given)}/retry`, body })
        const message = inboxMessageSchema.parse(answer.body)
        terminal.say(given.has('json') ? JSON.stringify(message) : tableOf([message]))
        return exitStatus.good
      }),
    },
    {
      name: 'notification webhook',
      summary: 'show, set or remove where messages are handed over',
      options: [
        subjectOption,
        { name: 'url', value: 'URL', about: 'sets the webhook; it must answer a ping' },
        { name: 'secret', value: 'NAME', about: 'with --url: name of the secret in notifications.webhookSecrets' },
        {
          name: 'format',
          value: 'FORMAT',
          choices: ['message', 'cloudevents'],
          about: 'with --url: message or cloudevents; default: message',
        },
        { name: 'remove', about: 'removes the webhook; messages wait in the inbox' },
        byOption,
        jsonOption,
        ...common,
      ],
      examples: [
        'bronnet notification webhook --subject zorgkantoor',
        'bronnet notification webhook --subject zorgkantoor --url https://zaken.voorbeeld.nl/berichten --secret zaaksysteem',
        'bronnet notification webhook --subject zorgkantoor --remove',
      ],
      run: onNode(changeWebhook),
    },
  ]
}

function pathOf(given: Given, of = 'inbox'): string {
  return `/internal/bronnet/v1/notifications/${of}/${encodeURIComponent(given.value('subject') ?? '')}`
}

function numberOf(text: string | undefined, name: string): number {
  if (text !== undefined && /^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new CommandFailure(exitStatus.usage, [`${name}: give the number of a message`])
}

async function listInbox(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const query = new URLSearchParams({
    state: given.value('state') ?? 'open',
    limit: given.value('limit') ?? '100',
    after: given.value('after') ?? '0',
  })
  const { body } = await call({ method: 'GET', path: `${pathOf(given)}?${query.toString()}` })
  const page = inboxPageSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify(page))
  else {
    terminal.say(tableOf(page.messages))
    if (page.more) terminal.note(`There is more: --after ${String(page.next)}`)
  }
  return exitStatus.good
}

/** Goes on until the node breaks off, or the user does. */
async function watch(place: NodePlace, given: Given, terminal: Terminal): Promise<number> {
  const after = given.value('after')
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
  const read = createEventReader()
  for await (const text of streamFrom(place, { method: 'GET', path: `${pathOf(given)}/events${query}` }))
    for (const { data } of read(text)) terminal.say(data)
  terminal.note('The node ended the stream.')
  return exitStatus.unavailable
}

async function acknowledge(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const through = given.value('through')
  const numbers = given.operands.map((text) => numberOf(text, 'NUMBER'))
  if ((through === undefined) === (numbers.length === 0))
    throw new CommandFailure(exitStatus.usage, ['give numbers of messages, or --through'])
  const which = through === undefined ? { numbers } : { through: numberOf(through, '--through') }
  const body = { by: operatorOf(given), ...which }
  const answer = await call({ method: 'POST', path: `${pathOf(given)}/acknowledge`, body })
  const { acknowledged } = inboxAcknowledgedSchema.parse(answer.body)
  terminal.say(given.has('json') ? JSON.stringify({ acknowledged }) : `${String(acknowledged)} acknowledged.`)
  return exitStatus.good
}

async function changeWebhook(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const path = pathOf(given, 'webhook')
  const [url, secret] = [given.value('url'), given.value('secret')]
  const by = operatorOf(given)
  if (given.has('remove')) {
    await call({ method: 'DELETE', path: `${path}?by=${encodeURIComponent(by)}` })
    terminal.say(given.has('json') ? JSON.stringify({ removed: true }) : 'The webhook is removed.')
    return exitStatus.good
  }
  if ((url === undefined) !== (secret === undefined))
    throw new CommandFailure(exitStatus.usage, ['give --url and --secret together'])
  const format = given.value('format')
  const { body } =
    url === undefined
      ? await call({ method: 'GET', path })
      : await call({ method: 'POST', path, body: { by, url, secret, ...(format === undefined ? {} : { format }) } })
  const state = webhookStateSchema.parse(body)
  const { failures, lastError, triesAgainAt } = state
  const trouble =
    lastError === undefined ? '' : ` ${String(failures)} failed (${lastError}), again at ${triesAgainAt ?? ''}`
  terminal.say(
    given.has('json') ? JSON.stringify(state) : `${state.url} (${state.format}, secret ${state.secret})${trouble}`,
  )
  return exitStatus.good
}

function tableOf(messages: readonly InboxMessage[]): string {
  const rows = messages.map(({ number, receivedAt, state, eventType, sender, afzenderIDType, afzenderID, ...rest }) => [
    String(number),
    receivedAt,
    rest.parked === undefined ? state : `parked: ${rest.parked.code}`,
    eventType,
    sender.name ?? `${afzenderIDType} ${afzenderID}`,
    rest.subjectList.map(({ recordID }) => recordID).join(' '),
  ])
  return formatTable(['NUMBER', 'RECEIVED', 'STATE', 'EVENT', 'SENDER', 'RECORD'], rows)
}
