import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { partyKeySchema, type PartyKeyWire } from '../../schemas/wire/identity.js'
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
import { findNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const subjectOption: CommandOption = { name: 'subject', value: 'NAME', about: 'whose keys', required: true }
const algorithmOption: CommandOption = {
  name: 'algorithm',
  value: 'NAME',
  choices: ['ES256', 'EdDSA'],
  about: 'ES256, which is the default, or EdDSA',
}
const forceOption = (about: string): CommandOption => ({ name: 'force', about })
const common = [subjectOption, configOption, nodeOption, jsonOption]

const listSchema = z.object({ keys: z.array(partyKeySchema) })
const attemptMilliseconds = 2_000
const maxAttempts = 30

/** `bronnet key …`: the keys of a subject, and changing them without a gap. */
export function keyCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const command = (
    about: Pick<Command, 'name' | 'summary' | 'examples'> & {
      readonly operands?: readonly string[]
      readonly more?: readonly CommandOption[]
    },
    run: (context: KeyContext) => Promise<void>,
  ): Command => ({
    name: about.name,
    summary: about.summary,
    examples: about.examples,
    ...(about.operands === undefined ? {} : { operands: about.operands }),
    options: [...common, ...(about.more ?? [])],
    async run(given, terminal) {
      const call = await findNode(given, findConfiguration)
      const path = `/internal/bronnet/v1/subjects/${encodeURIComponent(given.value('subject') ?? '')}/keys`
      await run({ call, given, terminal, path })
      return exitStatus.good
    },
  })

  return [
    command(
      {
        name: 'key list',
        summary: 'show the keys of a subject, what each is for and until when it is needed',
        examples: ['bronnet key list --subject ciz', 'bronnet key list --subject ciz --json'],
      },
      async ({ call, path, given, terminal }) => {
        const { keys } = listSchema.parse((await call({ method: 'GET', path })).body)
        terminal.say(given.has('json') ? JSON.stringify(keys) : tableOf(keys))
      },
    ),
    command(
      {
        name: 'key add',
        summary: 'publish a new key that does not sign yet',
        examples: ['bronnet key add --subject ciz'],
        more: [algorithmOption],
      },
      async (context) => show(context, await addKey(context)),
    ),
    command(
      {
        name: 'key promote',
        summary: 'let a key sign from now on; the one that did is retired',
        operands: ['KEY'],
        examples: ['bronnet key promote 8a51… --subject ciz'],
        more: [forceOption('also when others may not know the key yet: what it signs can be refused for some seconds')],
      },
      async (context) => show(context, await changeKey(context, 'promote')),
    ),
    command(
      {
        name: 'key retire',
        summary: 'give up a key that was added and does not sign',
        operands: ['KEY'],
        examples: ['bronnet key retire 8a51… --subject ciz'],
      },
      async (context) => show(context, await changeKey(context, 'retire')),
    ),
    command(
      {
        name: 'key remove',
        summary: 'take a key out of the DID document and destroy it',
        operands: ['KEY'],
        examples: ['bronnet key remove 8a51… --subject ciz'],
        more: [forceOption('also when something that it signed still counts: that no longer verifies then')],
      },
      async ({ call, given, terminal, path }) => {
        const [key = ''] = given.operands
        await call({ method: 'DELETE', path: `${path}/${encodeURIComponent(key)}${forceQuery(given)}` })
        terminal.say(given.has('json') ? JSON.stringify({ removed: key }) : `removed ${key}`)
      },
    ),
    command(
      {
        name: 'key rotate',
        summary: 'add a key, wait until others can know it, and let it sign',
        examples: ['bronnet key rotate --subject ciz'],
        more: [algorithmOption, forceOption('do not wait: what it signs can be refused for some seconds')],
      },
      async (context) => {
        const { keyId } = await addKey(context)
        show(context, await promoteWhenKnown(context, keyId))
      },
    ),
  ]
}

interface KeyContext {
  readonly call: CallNode
  readonly given: Given
  readonly terminal: Terminal
  readonly path: string
}

async function addKey({ call, given, path }: KeyContext): Promise<PartyKeyWire> {
  const algorithm = given.value('algorithm')
  const body = algorithm === undefined ? {} : { algorithm }
  return partyKeySchema.parse((await call({ method: 'POST', path, body })).body)
}

async function changeKey({ call, given, path }: KeyContext, change: 'promote' | 'retire'): Promise<PartyKeyWire> {
  const query = change === 'promote' ? forceQuery(given) : ''
  const target = `${path}/${encodeURIComponent(given.operands[0] ?? '')}/${change}${query}`
  return partyKeySchema.parse((await call({ method: 'POST', path: target })).body)
}

/** The node says when a key may sign; until then it refuses with 409. */
async function promoteWhenKnown({ call, given, terminal, path }: KeyContext, keyId: string): Promise<PartyKeyWire> {
  const target = `${path}/${encodeURIComponent(keyId)}/promote${forceQuery(given)}`
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const { status, body } = await call({ method: 'POST', path: target, accept: [409] })
    if (status !== 409) return partyKeySchema.parse(body)
    if (attempt === 1) terminal.note('waits until others can know the new key')
    await sleep(attemptMilliseconds)
  }
  throw new CommandFailure(exitStatus.no, [`${keyId} was added and may still not sign: try bronnet key promote`])
}

function forceQuery(given: Given): string {
  return given.has('force') ? '?force=true' : ''
}

function show({ given, terminal }: KeyContext, key: PartyKeyWire): void {
  terminal.say(given.has('json') ? JSON.stringify(key) : tableOf([key]))
}

function tableOf(keys: readonly PartyKeyWire[]): string {
  return formatTable(
    ['KEY', 'ALGORITHM', 'STATE', 'ADDED', 'NEEDED UNTIL'],
    keys.map(({ keyId, algorithm, state, addedAt, neededUntil = '', lost }) => [
      keyId.slice(keyId.indexOf('#') + 1),
      algorithm,
      lost === true ? `${state}, lost` : state,
      addedAt,
      neededUntil,
    ]),
  )
}
