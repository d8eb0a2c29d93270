import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { systemClock, toRfc3339 } from '../kernel/clock.js'
import { systemCodeOf } from '../kernel/errors.js'
import {
  addressBookStateSchema,
  importedAddressBookSchema,
  resolvedEndpointSchema,
} from '../../schemas/wire/address-book.js'
import { byOption, operatorOf } from './by.js'
import { CommandFailure, configOption, jsonOption, nodeOption, type Command, type Given } from './command.js'
import { exitStatus } from './exit-status.js'
import { readJson } from './input.js'
import { withNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const base = '/internal/bronnet/v1/address-book'
const common = [configOption, nodeOption]
const defaultDays = 30
const refusalSchema = z.object({ title: z.string(), errors: z.array(z.string()).default([]) })
const environmentOption = {
  name: 'environment',
  value: 'NAME',
  choices: ['PRD', 'TST', 'ACC'],
  about: 'PRD, TST or ACC',
} as const

/** `bronnet addressbook …`: the iWlz address book of a node, over its internal interface. */
export function addressBookCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'addressbook import',
      summary: 'put a published list in the place of the one before; who did it stands in the journal',
      operands: ['FILE'],
      options: [
        {
          name: 'valid-until',
          value: 'DATE',
          about: `the last day on which the list counts, or a date and time; default: ${String(defaultDays)} days from now`,
        },
        { name: 'skip-broken', about: 'take the good services of a list in which others are broken' },
        byOption,
        ...common,
      ],
      examples: ['bronnet addressbook import iWlz_services.json --valid-until 2026-12-31'],
      run: onNode(async (call, given, terminal) => {
        const body = {
          list: await readJson(given.operands[0] ?? '', 'FILE'),
          validUntil: validUntilOf(given),
          by: operatorOf(given),
          skipBroken: given.has('skip-broken'),
        }
        const answer = await call({ method: 'POST', path: `${base}/import`, body, accept: [400] })
        if (answer.status === 400) throw refused(answer.body)
        const { addresses, validUntil, leftOut } = importedAddressBookSchema.parse(answer.body)
        terminal.say(`${String(addresses)} addresses, which count until ${validUntil}.`)
        if (leftOut.length > 0) terminal.say(['Left out:', ...leftOut.map((fault) => `  ${fault}`)].join('\n'))
        return exitStatus.good
      }),
    },
    {
      name: 'addressbook export',
      summary: 'write the list that counts now, in its published format',
      options: [
        environmentOption,
        { name: 'output', value: 'FILE', about: 'write to this file instead of standard output' },
        byOption,
        ...common,
      ],
      examples: ['bronnet addressbook export --environment PRD --output services.json'],
      run: onNode(async (call, given, terminal) => {
        const environment = given.value('environment')
        const query = new URLSearchParams({
          by: operatorOf(given),
          ...(environment === undefined ? {} : { environment }),
        })
        const { body } = await call({ method: 'GET', path: `${base}/export?${query.toString()}` })
        const text = JSON.stringify(body, null, 2)
        const output = given.value('output')
        if (output === undefined) terminal.say(text)
        else await write(output, `${text}\n`)
        return exitStatus.good
      }),
    },
    {
      name: 'addressbook show',
      summary: 'show who imported the list, when and until when it counts',
      options: [jsonOption, ...common],
      examples: ['bronnet addressbook show'],
      run: onNode(async (call, given, terminal) => {
        const state = addressBookStateSchema.parse((await call({ method: 'GET', path: base })).body)
        if (given.has('json')) terminal.say(JSON.stringify(state))
        else if (state.imported === undefined) terminal.say('No list was imported.')
        else {
          const { at, by, addresses, validUntil } = state.imported
          terminal.say(
            `${String(addresses)} addresses, imported at ${at} by ${by}; they ${state.valid ? 'count until' : 'ended'} ${validUntil}.`,
          )
        }
        return state.valid ? exitStatus.good : exitStatus.no
      }),
    },
    {
      name: 'addressbook find',
      summary: 'show where a function of an organisation is: by discovery, its DID document or the address book',
      operands: ['ORGANIZATION', 'FUNCTION'],
      options: [
        { ...environmentOption, about: `of the address book: ${environmentOption.about}` },
        jsonOption,
        ...common,
      ],
      examples: ['bronnet addressbook find ciz indicatieregister', 'bronnet addressbook find uzovi:5999 melding'],
      run: onNode(async (call, given, terminal) => {
        const [organization = '', name = ''] = given.operands
        const environment = given.value('environment')
        const query = new URLSearchParams({
          organization,
          function: name,
          ...(environment === undefined ? {} : { environment }),
        })
        const { body } = await call({ method: 'GET', path: `/internal/bronnet/v1/endpoint?${query.toString()}` })
        const found = resolvedEndpointSchema.parse(body)
        terminal.say(given.has('json') ? JSON.stringify(found) : describe(found))
        return exitStatus.good
      }),
    },
  ]
}

/** A day counts to its end. */
function validUntilOf(given: Given): string {
  const text = given.value('valid-until')
  if (text === undefined) return toRfc3339(systemClock.now() + defaultDays * 86_400_000)
  const moment = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59Z` : text)
  if (!Number.isNaN(moment)) return toRfc3339(moment)
  throw new CommandFailure(exitStatus.usage, ['--valid-until: give a date such as 2026-12-31, or a date and time'])
}

function refused(body: unknown): CommandFailure {
  const { title, errors } = refusalSchema.parse(body)
  return new CommandFailure(exitStatus.no, [`the node refuses (400): ${title}`, ...errors])
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new CommandFailure(exitStatus.unavailable, [
      `${file}: cannot be written (${systemCodeOf(cause) ?? 'unknown'})`,
    ])
  }
}

function describe(found: z.output<typeof resolvedEndpointSchema>): string {
  const { source, endpoint, tokenEndpoint, audience, grant, authorizationServer, did, asOf, validUntil, stale } = found
  return formatTable(
    ['WHAT', 'VALUE'],
    [
      ['endpoint', endpoint],
      ['token endpoint', tokenEndpoint],
      ['audience', audience],
      ['token for', grant],
      ...(authorizationServer === undefined ? [] : [['authorization server', authorizationServer]]),
      ...(did === undefined ? [] : [['did', did]]),
      ['source', `${source}${stale ? ', stale' : ''}`],
      ['as of', asOf],
      ...(validUntil === undefined ? [] : [['until', validUntil]]),
      ...found.passedOver.map((reason) => ['passed over', reason]),
    ],
  )
}
