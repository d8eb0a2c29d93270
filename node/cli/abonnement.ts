import {
  givenAbonnementPageSchema,
  ownAbonnementPageSchema,
  ownAbonnementSchema,
} from '../../schemas/wire/abonnement.js'
import type { z } from 'zod'
import { byOption, operatorOf } from './by.js'
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
import { readSecretText } from './input.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const subjectOption: CommandOption = { name: 'subject', value: 'NAME', about: 'of which party', required: true }
const common = [subjectOption, configOption, nodeOption, jsonOption]
const mostPages = 1000

/** `bronnet abonnement …`: what a party is told by others because it asked, and what others asked of it. */
export function abonnementCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'abonnement create',
      summary: 'want to be told of something by another organisation; the node asks it until it is given',
      operands: ['BRONHOUDER', 'EVENT'],
      options: [
        { name: 'doel', value: 'CODE', about: 'for which purpose, such as WMO_UITVOERING', required: true },
        { name: 'zaken', value: 'SOURCE', about: 'the own register with the case, to follow a person' },
        { name: 'client', value: 'ID', about: 'the client in that register; or give --bsn' },
        { name: 'bsn', value: 'FILE', about: 'file with the BSN of the person; - reads it from standard input' },
        byOption,
        ...common,
      ],
      examples: [
        'bronnet abonnement create ciz NIEUWE_INDICATIE_CAK --doel EIGEN_BIJDRAGE --subject cak',
        'bronnet abonnement create ciz NIEUWE_INDICATIE_GEMEENTE --doel WMO_UITVOERING --zaken toewijzingen --bsn - --subject gemeente',
      ],
      run: onNode(async (call, given, terminal) => {
        const [bronhouder, eventType] = given.operands
        const zaak = await caseOf(given)
        const order = { bronhouder, eventType, doel: given.value('doel'), by: operatorOf(given) }
        const body = zaak === undefined ? order : { ...order, zaak }
        return showOne(await call({ method: 'POST', path: pathOf(given), body }), given, terminal)
      }),
    },
    {
      name: 'abonnement list',
      summary: 'show the abonnementen of a party at others, or those of others at it',
      options: [{ name: 'given', about: 'those that others have at the party' }, ...common],
      examples: ['bronnet abonnement list --subject gemeente', 'bronnet abonnement list --given --subject ciz --json'],
      run: onNode((call, given, terminal) => list(call, given, terminal)),
    },
    {
      name: 'abonnement renew',
      summary: 'want that an abonnement lasts longer, without waiting until the node does it',
      operands: ['ID'],
      options: [byOption, ...common],
      examples: ['bronnet abonnement renew mJ0dS9o1Yk6yJp3n0Tq1Xw --subject gemeente'],
      run: onNode(async (call, given, terminal) => {
        const path = `${pathOf(given)}/${encodeURIComponent(given.operands[0] ?? '')}/renew`
        return showOne(await call({ method: 'POST', path, body: { by: operatorOf(given) } }), given, terminal)
      }),
    },
    {
      name: 'abonnement delete',
      summary: 'want that an abonnement ends; what the settings want is ended there',
      operands: ['ID'],
      options: [byOption, ...common],
      examples: ['bronnet abonnement delete mJ0dS9o1Yk6yJp3n0Tq1Xw --subject cak'],
      run: onNode(async (call, given, terminal) => {
        const query = new URLSearchParams({ by: operatorOf(given) }).toString()
        const path = `${pathOf(given)}/${encodeURIComponent(given.operands[0] ?? '')}?${query}`
        return showOne(await call({ method: 'DELETE', path }), given, terminal)
      }),
    },
  ]
}

function pathOf(given: Given): string {
  return `/internal/bronnet/v1/abonnementen/${encodeURIComponent(given.value('subject') ?? '')}`
}

/** The number of a person comes from a file: what is typed stands in the list of processes and in histories. */
async function caseOf(given: Given): Promise<Readonly<Record<string, string>> | undefined> {
  const [source, clientID, person] = [given.value('zaken'), given.value('client'), given.value('bsn')]
  if (source === undefined) {
    if (clientID === undefined && person === undefined) return undefined
    throw new CommandFailure(exitStatus.usage, ['--zaken: say in which own register the case is'])
  }
  if (clientID !== undefined && person === undefined) return { source, clientID }
  if (clientID === undefined && person !== undefined) return { source, bsn: await readSecretText(person, '--bsn') }
  throw new CommandFailure(exitStatus.usage, ['give --client or --bsn, and not both'])
}

function showOne({ body }: { readonly body: unknown }, given: Given, terminal: Terminal): number {
  const own = ownAbonnementSchema.parse(body)
  terminal.say(given.has('json') ? JSON.stringify(own) : tableOf([own]))
  return exitStatus.good
}

async function list(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  if (given.has('given')) {
    const found = await readAll(call, `${pathOf(given)}/given`, givenAbonnementPageSchema)
    terminal.say(given.has('json') ? JSON.stringify(found) : tableOfGiven(found))
  } else {
    const found = await readAll(call, pathOf(given), ownAbonnementPageSchema)
    terminal.say(given.has('json') ? JSON.stringify(found) : tableOf(found))
  }
  return exitStatus.good
}

async function readAll<T>(
  call: CallNode,
  path: string,
  schema: z.ZodType<{ readonly abonnementen: readonly T[]; readonly next?: string | undefined }>,
): Promise<readonly T[]> {
  const found: T[] = []
  let after: string | undefined
  for (let pages = 0; pages < mostPages; pages += 1) {
    const query = new URLSearchParams({ limit: '500', ...(after === undefined ? {} : { after }) }).toString()
    const page = schema.parse((await call({ method: 'GET', path: `${path}?${query}` })).body)
    found.push(...page.abonnementen)
    after = page.next
    if (after === undefined) return found
  }
  throw new CommandFailure(exitStatus.no, ['there are more than can be shown: read the interface page by page'])
}

function tableOf(found: readonly z.output<typeof ownAbonnementSchema>[]): string {
  return formatTable(
    ['ID', 'STATE', 'BRONHOUDER', 'EVENT', 'DOEL', 'CASE', 'UNTIL', 'LAST ERROR'],
    found.map(({ id, state, bronhouder, eventType, doel, zaak, geldigTot, lastError }) => [
      id,
      state,
      bronhouder,
      eventType,
      doel,
      zaak === undefined ? '' : `${zaak.source}/${zaak.clientID}`,
      geldigTot ?? '',
      lastError ?? '',
    ]),
  )
}

function tableOfGiven(found: z.output<typeof givenAbonnementPageSchema>['abonnementen']): string {
  return formatTable(
    ['ID', 'WHO', 'ROLE', 'EVENT', 'DOEL', 'FOLLOWS', 'UNTIL'],
    found.map((each) => [
      each.abonnementID,
      `${each.abonneeIDType}:${each.abonneeID}`,
      each.role,
      each.eventType,
      each.doel,
      each.isVolgindicatie ? 'a person' : '',
      each.geldigTot,
    ]),
  )
}
