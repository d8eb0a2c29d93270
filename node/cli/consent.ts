import { keptConsentSchema, keptConsentsSchema, type KeptConsent } from '../../schemas/wire/consent.js'
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
import { readSecretText } from './input.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const common = [byOption, configOption, nodeOption, jsonOption]
const personOption = {
  name: 'bsn',
  value: 'FILE',
  about: 'file with the BSN of the person; - reads it from standard input, so that it stands in no list of commands',
  required: true,
} as const

/** `bronnet consent …`: what persons consent to at the sources of a party, over the internal interface of the node. */
export function consentCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'consent add',
      summary: 'register what a person consents to, or with --deny objects to',
      options: [
        subjectOption,
        personOption,
        {
          name: 'recipient',
          value: 'WHO',
          about: 'who may read: a number such as agb:41411111, a DID, role:huisarts, or anyone',
          required: true,
        },
        { name: 'deny', about: 'an objection instead of a consent' },
        { name: 'purpose', value: 'CODE', about: 'for what; default: every purpose' },
        { name: 'source', value: 'NAME', about: 'of which source; default: every source' },
        { name: 'operation', value: 'NAME', about: 'which root field of the source; default: all of it' },
        { name: 'from', value: 'DAY', about: 'first day, such as 2026-11-24', required: true },
        { name: 'until', value: 'DAY', about: 'last day; default: open' },
        ...common,
      ],
      examples: [
        'bronnet consent add --subject ciz --bsn - --recipient agb:41411111 --purpose AANMELDING --from 2026-11-24 --until 2027-02-24',
      ],
      run: onNode(add),
    },
    {
      name: 'consent list',
      summary: 'list what a person consented and objected to, also what was withdrawn',
      options: [subjectOption, personOption, ...common],
      examples: ['bronnet consent list --subject ciz --bsn -'],
      run: onNode(list),
    },
    {
      name: 'consent withdraw',
      summary: 'withdraw a consent or an objection, for good',
      operands: ['ID'],
      options: [subjectOption, ...common],
      examples: ['bronnet consent withdraw 5f0c2a1e-7f2b-4c55-9a53-0f2d1c9b7a10 --subject ciz'],
      run: onNode(withdraw),
    },
  ]
}

async function add(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const statement = Object.fromEntries(
    [
      ['effect', given.has('deny') ? 'deny' : 'permit'],
      ['recipient', given.value('recipient')],
      ['purpose', given.value('purpose')],
      ['source', given.value('source')],
      ['operation', given.value('operation')],
      ['from', given.value('from')],
      ['until', given.value('until')],
    ].filter(([, value]) => value !== undefined),
  ) as Record<string, string> // Those without a value were left out.
  const body = { by: operatorOf(given), bsn: await readPerson(given), statement }
  const kept = keptConsentSchema.parse((await call({ method: 'POST', path: pathOf(given), body })).body)
  terminal.say(given.has('json') ? JSON.stringify(kept) : kept.id)
  return exitStatus.good
}

async function list(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const body = { by: operatorOf(given), bsn: await readPerson(given) }
  const { consents } = keptConsentsSchema.parse(
    (await call({ method: 'POST', path: `${pathOf(given)}/search`, body })).body,
  )
  if (given.has('json')) terminal.say(JSON.stringify({ consents }))
  else if (consents.length === 0) terminal.say('Nothing is registered.')
  else
    terminal.say(formatTable(['ID', 'EFFECT', 'WHO', 'FOR', 'DATA', 'FROM', 'UNTIL', 'WITHDRAWN'], consents.map(toRow)))
  return exitStatus.good
}

function toRow({ id, statement, withdrawnAt }: KeptConsent): string[] {
  const { effect, recipient, purpose, source, operation, from, until } = statement
  const data = source === undefined ? 'all' : operation === undefined ? source : `${source} ${operation}`
  return [id, effect, recipient, purpose ?? 'all', data, from, until ?? 'open', withdrawnAt ?? 'no']
}

async function withdraw(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const path = `${pathOf(given)}/${encodeURIComponent(given.operands[0] ?? '')}/withdraw`
  const { body } = await call({ method: 'POST', path, body: { by: operatorOf(given) } })
  const kept = keptConsentSchema.parse(body)
  terminal.say(given.has('json') ? JSON.stringify(kept) : `Withdrawn at ${kept.withdrawnAt ?? ''}.`)
  return exitStatus.good
}

function pathOf(given: Given): string {
  return `/internal/bronnet/v1/subjects/${encodeURIComponent(given.value('subject') ?? '')}/consents`
}

async function readPerson(given: Given): Promise<string> {
  const text = await readSecretText(given.value('bsn') ?? '', '--bsn')
  if (/^\d{9}$/.test(text)) return text
  throw new CommandFailure(exitStatus.usage, ['--bsn must hold a BSN of nine digits and nothing else'])
}
