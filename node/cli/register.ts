import { open } from 'node:fs/promises'
import { registerHistoryAnswerSchema, registerOutcomesSchema } from '../../schemas/wire/register.js'
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
import { readJson } from './input.js'
import {
  findPlace,
  streamFrom,
  withNode,
  type CallNode,
  type NodePlace,
  type FindConfiguration,
} from './node-client.js'
import { importFile, importOptions } from './register-import.js'
import { formatTable } from './table.js'

const sourceOption = { name: 'source', value: 'NAME', about: 'name of the register', required: true } as const
const typeOption = { name: 'type', value: 'TYPE', about: 'type of the record', required: true } as const
const place = [subjectOption, sourceOption]
const common = [configOption, nodeOption, jsonOption]

/** `bronnet register …`: the records of a party's registers, over the internal interface of the node. */
export function registerCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'register put',
      summary: 'write one record, or with a list of changes all of them or none',
      operands: ['FILE'],
      options: [
        ...place,
        { name: 'type', value: 'TYPE', about: 'type of the record; without it the file holds a list of changes' },
        { name: 'expected', value: 'VERSION', about: 'version that the record must have, or absent' },
        byOption,
        ...common,
      ],
      examples: [
        'bronnet register put client.json --subject zorgkantoor --source bemiddelingen --type Client',
        'bronnet register put changes.json --subject zorgkantoor --source bemiddelingen',
      ],
      run: onNode(putRecords),
    },
    {
      name: 'register import',
      summary: 'import records from JSON, JSON Lines or CSV; rows that are wrong are left out and reported',
      operands: ['FILE'],
      options: [...place, ...importOptions, ...common],
      examples: [
        'bronnet register import region.json --subject zorgkantoor --source bemiddelingen',
        'bronnet register import clients.csv --type Client --subject zorgkantoor --source bemiddelingen --report faults.jsonl',
      ],
      run: onNode((call, given, terminal) => importFile(call, pathOf(given), given, terminal)),
    },
    {
      name: 'register export',
      summary: 'write every record of a register to a file, as JSON Lines that can be imported',
      options: [
        ...place,
        { name: 'to', value: 'FILE', about: 'the file to make; must not be there', required: true },
        byOption,
        configOption,
        nodeOption,
      ],
      examples: ['bronnet register export --subject zorgkantoor --source bemiddelingen --to bemiddelingen.jsonl'],
      run: async (given, terminal) => exportRecords(await findPlace(given, findConfiguration), given, terminal),
    },
    {
      name: 'register history',
      summary: 'show every change of one record: what, when and by whom',
      operands: ['KEY'],
      options: [...place, typeOption, byOption, ...common],
      examples: [
        'bronnet register history 0d9a4f2e-6c3b-4b1f-9a7e-2f1c8b7d6e5a --type Client --subject zorgkantoor --source bemiddelingen',
      ],
      run: onNode(showHistory),
    },
  ]
}

function pathOf(given: Given): string {
  const [subject, source] = [given.value('subject') ?? '', given.value('source') ?? ''].map(encodeURIComponent)
  return `/internal/bronnet/v1/registers/${subject ?? ''}/${source ?? ''}`
}

async function putRecords(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const content = await readJson(given.operands[0] ?? '', 'FILE')
  const type = given.value('type')
  const expected = expectedOf(given.value('expected'))
  if (type === undefined && expected !== undefined)
    throw new CommandFailure(exitStatus.usage, ['--expected: a list of changes says what it expects itself'])
  const changes =
    type === undefined ? content : [{ type, record: content, ...(expected === undefined ? {} : { expected }) }]
  const body = { by: operatorOf(given), changes }
  const written = registerOutcomesSchema.parse(
    (await call({ method: 'POST', path: `${pathOf(given)}/changes`, body })).body,
  )
  const rows = written.changes.map(({ type: name, key, outcome, version }) => [name, key, outcome, String(version)])
  terminal.say(given.has('json') ? JSON.stringify(written) : formatTable(['TYPE', 'KEY', 'OUTCOME', 'VERSION'], rows))
  return exitStatus.good
}

function expectedOf(text: string | undefined): 'absent' | number | undefined {
  if (text === undefined || text === 'absent') return text
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new CommandFailure(exitStatus.usage, ['--expected: give a version or absent'])
}

async function exportRecords(place: NodePlace, given: Given, terminal: Terminal): Promise<number> {
  const path = `${pathOf(given)}/export?by=${encodeURIComponent(operatorOf(given))}`
  const target = given.value('to') ?? ''
  const file = await open(target, 'wx', 0o600).catch(() => {
    throw new CommandFailure(exitStatus.usage, [`--to: ${target} is there already, or cannot be made`])
  })
  let last = ''
  try {
    for await (const text of streamFrom(place, { method: 'GET', path })) {
      await file.write(text)
      last = `${last}${text}`.slice(-200)
    }
  } finally {
    await file.close()
  }
  const end = /\{"end":true,"records":(\d+)\}\n$/.exec(last)
  if (end === null) throw new CommandFailure(exitStatus.unavailable, [`${target} is not whole: the node broke off`])
  terminal.say(`exported ${end[1] ?? ''} records`)
  return exitStatus.good
}

async function showHistory(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const body = { by: operatorOf(given), type: given.value('type') ?? '', key: given.operands[0] ?? '' }
  const answer = await call({ method: 'POST', path: `${pathOf(given)}/history`, body })
  const { changes } = registerHistoryAnswerSchema.parse(answer.body)
  if (given.has('json')) terminal.say(JSON.stringify(changes))
  else {
    const rows = changes.map(({ sequence, at, kind, by }) => [String(sequence), at, kind, by])
    terminal.say(formatTable(['VERSION', 'WHEN', 'WHAT', 'BY'], rows))
  }
  return changes.length > 0 ? exitStatus.good : exitStatus.no
}
