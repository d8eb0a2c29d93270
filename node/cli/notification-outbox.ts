import type { z } from 'zod'
import {
  outboxDeliverySchema,
  outboxPageSchema,
  outboxReceiversSchema,
  outboxResentSchema,
  type OutboxDelivery,
} from '../../schemas/wire/outbox.js'
import { reconciledSchema } from '../../schemas/wire/reconcile.js'
import { byOption, operatorOf } from './by.js'
import { CommandFailure, configOption, jsonOption, nodeOption, type Command, type Given } from './command.js'
import { exitStatus } from './exit-status.js'
import { subjectOption } from './explain.js'
import { readJson } from './input.js'
import { withNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const common = [configOption, nodeOption]

/** `bronnet notification outbox|show|resend|resend-all|discard|hurry|reconcile|send`: what a party tells others, and what it was told. */
export function notificationOutboxCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'notification outbox',
      summary: 'list what waits to be told to others, what could not be, or what was, with its receipt',
      options: [
        subjectOption,
        {
          name: 'part',
          value: 'PART',
          choices: ['waiting', 'dead', 'ended'],
          about: 'waiting, dead or ended; default: waiting',
        },
        { name: 'limit', value: 'NUMBER', about: 'how many at most, 1 to 1000; default: 100' },
        { name: 'after', value: 'CURSOR', about: 'the cursor under the page before' },
        {
          name: 'receivers',
          about: 'the receivers that do not take what they are sent, and when they are tried again',
        },
        jsonOption,
        ...common,
      ],
      examples: [
        'bronnet notification outbox --subject ciz',
        'bronnet notification outbox --subject ciz --part dead',
        'bronnet notification outbox --subject ciz --receivers',
      ],
      run: onNode(async (call, given, terminal) => {
        if (given.has('receivers')) {
          const { body } = await call({ method: 'GET', path: `${pathOf(given)}/receivers` })
          const found = outboxReceiversSchema.parse(body)
          terminal.say(given.has('json') ? JSON.stringify(found) : tableOfReceivers(found.receivers))
          return exitStatus.good
        }
        const query = new URLSearchParams({
          part: given.value('part') ?? 'waiting',
          limit: given.value('limit') ?? '100',
        })
        const after = given.value('after')
        if (after !== undefined) query.set('after', after)
        const { body } = await call({ method: 'GET', path: `${pathOf(given)}?${query.toString()}` })
        const page = outboxPageSchema.parse(body)
        if (given.has('json')) terminal.say(JSON.stringify(page))
        else {
          terminal.say(tableOf(page.deliveries))
          if (page.next !== undefined) terminal.note(`There is more: --after ${page.next}`)
        }
        return exitStatus.good
      }),
    },
    {
      name: 'notification show',
      summary: 'show one delivery: how often it was tried, why it failed, or the receipt of its receiver',
      operands: ['DELIVERY'],
      options: [subjectOption, jsonOption, ...common],
      examples: ['bronnet notification show vlx0Vb2cQxK7GkqJm1zq2A --subject ciz'],
      run: onNode(async (call, given, terminal) => {
        const { body } = await call({ method: 'GET', path: deliveryPath(given) })
        const delivery = outboxDeliverySchema.parse(body)
        terminal.say(given.has('json') ? JSON.stringify(delivery) : describe(delivery))
        return exitStatus.good
      }),
    },
    {
      name: 'notification resend',
      summary: 'put a delivery that could not be made back, to be tried at once',
      operands: ['DELIVERY'],
      options: [subjectOption, byOption, jsonOption, ...common],
      examples: ['bronnet notification resend vlx0Vb2cQxK7GkqJm1zq2A --subject ciz'],
      run: onNode(async (call, given, terminal) => {
        const body = { by: operatorOf(given) }
        const answer = await call({ method: 'POST', path: `${deliveryPath(given)}/resend`, body })
        const resent = outboxDeliverySchema.parse(answer.body)
        terminal.say(given.has('json') ? JSON.stringify(resent) : describe(resent))
        return exitStatus.good
      }),
    },
    {
      name: 'notification resend-all',
      summary: 'put everything that could not be delivered back, to be tried at once',
      options: [subjectOption, byOption, jsonOption, ...common],
      examples: ['bronnet notification resend-all --subject ciz'],
      run: onNode(async (call, given, terminal) => {
        const body = { by: operatorOf(given) }
        const answer = await call({ method: 'POST', path: `${pathOf(given)}/resend`, body })
        const { resent } = outboxResentSchema.parse(answer.body)
        terminal.say(given.has('json') ? JSON.stringify({ resent }) : `${String(resent)} put back.`)
        return exitStatus.good
      }),
    },
    {
      name: 'notification discard',
      summary: 'put a delivery that could not be made away for good: its receiver is not told',
      operands: ['DELIVERY'],
      options: [subjectOption, byOption, jsonOption, ...common],
      examples: ['bronnet notification discard vlx0Vb2cQxK7GkqJm1zq2A --subject ciz'],
      run: onNode(async (call, given, terminal) => {
        const body = { by: operatorOf(given) }
        const answer = await call({ method: 'POST', path: `${deliveryPath(given)}/discard`, body })
        const discarded = outboxDeliverySchema.parse(answer.body)
        terminal.say(given.has('json') ? JSON.stringify(discarded) : describe(discarded))
        return exitStatus.good
      }),
    },
    {
      name: 'notification hurry',
      summary: 'try everything that waits now, also at receivers that did not answer',
      options: [subjectOption, ...common],
      examples: ['bronnet notification hurry --subject ciz'],
      run: onNode(async (call, given) => {
        await call({ method: 'POST', path: `${pathOf(given)}/hurry` })
        return exitStatus.good
      }),
    },
    {
      name: 'notification reconcile',
      summary: 'ask senders what they sent, and take in what did not arrive',
      options: [
        subjectOption,
        { name: 'sender', value: 'NAME', about: 'ciz, cak or such as UZOVI:5999; default: all known senders' },
        { name: 'from', value: 'DATE', about: 'since that day; default: since the last time' },
        byOption,
        jsonOption,
        ...common,
      ],
      examples: ['bronnet notification reconcile --subject zorgkantoor --sender ciz --from 2026-11-20'],
      run: onNode(async (call, given, terminal) => {
        const [sender, from] = [given.value('sender'), given.value('from')]
        if (from !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(from))
          throw new CommandFailure(exitStatus.usage, ['--from: give a date such as 2026-11-20'])
        const { body } = await call({
          method: 'POST',
          path: `/internal/bronnet/v1/notifications/reconciliation/${encodeURIComponent(given.value('subject') ?? '')}`,
          body: {
            by: operatorOf(given),
            ...(sender === undefined ? {} : { sender }),
            ...(from === undefined ? {} : { from: `${from}T00:00:00Z` }),
          },
        })
        const { senders } = reconciledSchema.parse(body)
        const rows = senders.map(({ sender: name, asked, missed, refused, error }) => [
          name,
          String(asked),
          String(missed),
          String(refused),
          error ?? '',
        ])
        if (given.has('json')) terminal.say(JSON.stringify({ senders }))
        else if (senders.length === 0) terminal.say('No sender is known: give one with --sender.')
        else terminal.say(formatTable(['SENDER', 'SENT', 'MISSED', 'REFUSED', 'ERROR'], rows))
        return senders.some(({ error }) => error !== undefined) ? exitStatus.no : exitStatus.good
      }),
    },
    {
      name: 'notification send',
      summary: 'tell somebody of a change of a record that is in none of the registers of the node',
      operands: ['FILE'],
      options: [subjectOption, byOption, jsonOption, ...common],
      examples: ['bronnet notification send notificatie.json --subject ciz'],
      run: onNode(async (call, given, terminal) => {
        const message = await readJson(given.operands[0] ?? '', 'FILE')
        if (typeof message !== 'object' || message === null)
          throw new CommandFailure(exitStatus.usage, ['FILE: expected an object'])
        const body = { ...message, by: operatorOf(given) }
        const answer = await call({ method: 'POST', path: pathOf(given), body })
        const delivery = outboxDeliverySchema.parse(answer.body)
        terminal.say(given.has('json') ? JSON.stringify(delivery) : describe(delivery))
        return exitStatus.good
      }),
    },
  ]
}

function pathOf(given: Given): string {
  return `/internal/bronnet/v1/notifications/outbox/${encodeURIComponent(given.value('subject') ?? '')}`
}

function deliveryPath(given: Given): string {
  return `${pathOf(given)}/deliveries/${encodeURIComponent(given.operands[0] ?? '')}`
}

function tableOf(deliveries: readonly OutboxDelivery[]): string {
  if (deliveries.length === 0) return 'There are none.'
  return formatTable(
    ['DELIVERY', 'STATE', 'EVENT', 'RECEIVER', 'MADE', 'ATTEMPTS', 'LAST FAILURE'],
    deliveries.map(({ deliveryID, state, eventType, receiver, createdAt, attempts, lastFailure }) => [
      deliveryID,
      state,
      eventType,
      `${receiver.idType}:${receiver.id}`,
      createdAt,
      String(attempts),
      lastFailure?.code ?? '',
    ]),
  )
}

function tableOfReceivers(receivers: z.output<typeof outboxReceiversSchema>['receivers']): string {
  if (receivers.length === 0) return 'All receivers take what they are sent.'
  return formatTable(
    ['RECEIVER', 'ROLE', 'FAILURES', 'TRIED AGAIN', 'LAST FAILURE'],
    receivers.map(({ receiver, receiverRole, failures, retryAt, lastFailure }) => [
      `${receiver.idType}:${receiver.id}`,
      receiverRole,
      String(failures),
      retryAt,
      lastFailure?.code ?? '',
    ]),
  )
}

function describe(delivery: OutboxDelivery): string {
  const { receiver, receipt, lastFailure, nextAttemptAt, consolidatedInto, subjects } = delivery
  return formatTable(
    ['WHAT', 'VALUE'],
    [
      ['delivery', delivery.deliveryID],
      ['state', delivery.state],
      ['event', delivery.eventType],
      ['receiver', `${receiver.idType}:${receiver.id}`],
      ['made', delivery.createdAt],
      ...subjects.map(({ subject, recordID }) => ['about', subject === recordID ? recordID : `${subject} ${recordID}`]),
      ['failed attempts', String(delivery.attempts)],
      ...(lastFailure === undefined ? [] : [['last failure', `${lastFailure.code} at ${lastFailure.at}`]]),
      ...(nextAttemptAt === undefined ? [] : [['tried again', nextAttemptAt]]),
      ...(receipt === undefined ? [] : [['receipt', `${receipt.notificatieID} at ${receipt.receivedAt}`]]),
      ...(consolidatedInto === undefined ? [] : [['said by', consolidatedInto]]),
    ],
  )
}
