import type { z } from 'zod'
import { copiesSchema, registrationsSchema } from '../../schemas/wire/discovery.js'
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

const base = '/internal/bronnet/v1/discovery'
const serviceOption: CommandOption = {
  name: 'service',
  value: 'ID',
  about: 'only this discovery service; default: every one that the node knows',
  repeated: true,
}
const common = [serviceOption, configOption, nodeOption]

/** A list as the node has it, with the registrations of its own parties. */
type Copy = z.output<typeof copiesSchema>[number] & { readonly registrations: z.output<typeof registrationsSchema> }

/** `bronnet discovery …`: the lists that a node follows, and being listed, over its internal interface. */
export function discoveryCommands(deps: { readonly findConfiguration: FindConfiguration }): readonly Command[] {
  const onNode = withNode(deps.findConfiguration)
  return [
    {
      name: 'discovery status',
      summary: 'show the lists that a node follows and the registrations of its own parties on them',
      options: [...common, jsonOption],
      examples: ['bronnet discovery status', 'bronnet discovery status --service bronnet-demo --json'],
      run: onNode(status),
    },
    {
      name: 'discovery join',
      summary: 'list a subject now, with what its wallet holds; the node keeps the listing alive',
      options: [{ name: 'subject', value: 'NAME', about: 'who is to be listed', required: true }, ...common],
      examples: ['bronnet discovery join --subject zorgkantoor-noord'],
      run: onNode(join),
    },
    {
      name: 'discovery refresh',
      summary: 'look at the lists now, and at the catalogues of who is on them',
      options: common,
      examples: ['bronnet discovery refresh'],
      run: onNode(refresh),
    },
  ]
}

/** The lists that a node follows, with the registrations of its own parties. */
export async function readCopies(call: CallNode): Promise<readonly Copy[]> {
  const copies = copiesSchema.parse((await call({ method: 'GET', path: base })).body)
  return Promise.all(
    copies.map(async (copy) => {
      const { body } = await call({ method: 'GET', path: `${base}/${encodeURIComponent(copy.service)}/registrations` })
      return { ...copy, registrations: registrationsSchema.parse(body) }
    }),
  )
}

async function status(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const wanted = await servicesOf(call, given)
  const copies = (await readCopies(call)).filter(({ service }) => wanted.includes(service))
  if (given.has('json')) terminal.say(JSON.stringify(copies))
  else
    terminal.say(formatTable(['SERVICE', 'READ', 'LISTED', 'SET ASIDE', 'OWN PARTY', 'STATUS'], copies.flatMap(rowsOf)))
  return copies.every(({ registrations }) => registrations.every((own) => own.status !== 'failing'))
    ? exitStatus.good
    : exitStatus.no
}

function rowsOf({ service, freshness, fault, listed, setAside, registrations }: Copy): readonly (readonly string[])[] {
  const list = [service, fault === undefined ? freshness : `${freshness} (${fault})`, String(listed), String(setAside)]
  if (registrations.length === 0) return [[...list, '', '']]
  return registrations.map(({ subject, status: state, error }, index) => [
    ...(index === 0 ? list : ['', '', '', '']),
    subject,
    error === undefined ? state : `${state} (${error})`,
  ])
}

async function join(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const subject = given.value('subject') ?? ''
  for (const service of await servicesOf(call, given)) {
    const path = `/internal/discovery/v1/${encodeURIComponent(service)}/${encodeURIComponent(subject)}`
    await call({ method: 'POST', path })
    terminal.say(`${subject} is listed in ${service}`)
  }
  return lookNow(call, given)
}

async function refresh(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const end = await lookNow(call, given)
  terminal.say('the copies are as the lists say')
  return end
}

/** The catalogues too: what others find is made of both. */
async function lookNow(call: CallNode, given: Given): Promise<number> {
  for (const service of await servicesOf(call, given))
    await call({ method: 'POST', path: `${base}/${encodeURIComponent(service)}/sync` })
  // A node without an index has nothing more to look at.
  await call({ method: 'POST', path: '/internal/bronnet/v1/index/refresh', accept: [404] })
  return exitStatus.good
}

/** The services that are meant. @throws `CommandFailure` for one that the node does not know, or when it knows none */
async function servicesOf(call: CallNode, given: Given): Promise<readonly string[]> {
  const known = copiesSchema.parse((await call({ method: 'GET', path: base })).body).map(({ service }) => service)
  const wanted = given.values('service')
  const unknown = wanted.find((service) => !known.includes(service))
  if (known.length === 0) {
    throw new CommandFailure(exitStatus.no, ['this node follows no discovery list: give discovery.definitions'])
  }
  if (unknown !== undefined) {
    throw new CommandFailure(exitStatus.usage, [`--service: the node knows ${known.join(', ')}`])
  }
  return wanted.length > 0 ? wanted : known
}
