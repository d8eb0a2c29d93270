import type { z } from 'zod'
import {
  credentialValueSchema,
  heldCredentialSchema,
  heldListSchema,
  verdictSchema,
} from '../../schemas/wire/credentials.js'
import { collectedSchema } from '../../schemas/wire/authorizations.js'
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
import { credentialsPath, explain, subjectOption } from './explain.js'
import { parseJson, readJson, readText } from './input.js'
import { momentOf } from './moment.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const common = [configOption, nodeOption, jsonOption]

/** `bronnet credential …`: what parties issue and hold, over the internal interface of a node. */
export function credentialCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'credential issue',
      summary: 'issue a credential as a party of this node',
      options: [
        { name: 'issuer', value: 'DID', about: 'the DID of the party that speaks', required: true },
        { name: 'type', value: 'TYPE', about: 'the type beside VerifiableCredential', required: true },
        {
          name: 'claims',
          value: 'FILE',
          about: 'JSON file with the credentialSubject; - reads it from standard input',
          required: true,
        },
        {
          name: 'expires',
          value: 'TIME',
          about: 'when it ends, such as 2027-01-01T00:00:00Z; of a day, its first moment in UTC',
          required: true,
        },
        {
          name: 'format',
          value: 'FORMAT',
          choices: ['jwt_vc', 'ldp_vc'],
          about: 'jwt_vc, which is the default, or ldp_vc',
        },
        { name: 'context', value: 'URL', about: 'a context that defines the claims, for ldp_vc', repeated: true },
        ...common,
      ],
      examples: [
        'bronnet credential issue --issuer did:web:node.voorbeeld.nl:iam:stelsel --type LedenadministratieCredential --claims lid.json --expires 2027-01-01T00:00:00Z > lid.jwt',
      ],
      run: onNode(issue),
    },
    {
      name: 'credential load',
      summary: 'put a credential that somebody issued in the wallet of a subject; it is verified first',
      operands: ['FILE'],
      options: [subjectOption, configOption, nodeOption],
      examples: ['bronnet credential load lid.jwt --subject zorgkantoor-noord'],
      run: onNode(load),
    },
    {
      name: 'credential list',
      summary: 'list what a subject holds, what of it cannot be shown, and what ends soon',
      options: [subjectOption, ...common],
      examples: ['bronnet credential list --subject zorgkantoor-noord'],
      run: onNode(list),
    },
    {
      name: 'credential show',
      summary: 'show one credential of a subject',
      operands: ['ID'],
      options: [subjectOption, ...common],
      examples: ['bronnet credential show --subject zorgkantoor-noord did:web:node.voorbeeld.nl:iam:stelsel#1'],
      run: onNode(show),
    },
    {
      name: 'credential verify',
      summary: 'say whether a credential is good, and if not, why',
      operands: ['FILE'],
      options: common,
      examples: ['bronnet credential verify lid.jwt', 'bronnet credential verify - < lid.json'],
      run: onNode(verify),
    },
    {
      name: 'credential revoke',
      summary: 'revoke a credential that a party of this node issued, for good',
      operands: ['ID'],
      options: common,
      examples: ['bronnet credential revoke did:web:node.voorbeeld.nl:iam:stelsel#1'],
      run: onNode(revoke),
    },
    {
      name: 'credential suspend',
      summary: 'suspend a credential that a party of this node issued, until it is resumed',
      operands: ['ID'],
      options: [
        { name: 'reason', value: 'TEXT', about: 'why; it stands in the journal, without long numbers' },
        ...common,
      ],
      examples: ['bronnet credential suspend did:web:node.voorbeeld.nl:iam:stelsel#1 --reason "in onderzoek"'],
      run: onNode(suspend),
    },
    {
      name: 'credential resume',
      summary: 'end the suspension of a credential',
      operands: ['ID'],
      options: common,
      examples: ['bronnet credential resume did:web:node.voorbeeld.nl:iam:stelsel#1'],
      run: onNode(resume),
    },
    {
      name: 'credential collect',
      summary: 'fetch the authorizations that a source of another party gave by itself, into the wallet of a subject',
      options: [
        subjectOption,
        { name: 'server', value: 'URL', about: 'issuer URL of the authorization server of that party', required: true },
        { name: 'scope', value: 'SCOPE', about: 'a scope of the source that the subject can get', required: true },
        { name: 'url', value: 'URL', about: 'URL of the source', required: true },
        ...common,
      ],
      examples: [
        'bronnet credential collect --subject noord --server https://ciz.voorbeeld.nl/oauth2/ciz --scope indicaties:read --url https://ciz.voorbeeld.nl/sources/ciz/indicatieregister/graphql',
      ],
      run: onNode(collect),
    },
    {
      name: 'credential explain',
      summary: 'say what another party asks for a scope, or what a definition asks, and what of it a subject holds',
      options: [
        subjectOption,
        { name: 'server', value: 'URL', about: 'issuer URL of the authorization server that is asked; with --scope' },
        { name: 'scope', value: 'SCOPE', about: 'the scope that is wanted; with --server' },
        { name: 'definition', value: 'FILE', about: 'a presentation definition, instead of --server and --scope' },
        ...common,
      ],
      examples: [
        'bronnet credential explain --subject noord --server https://ciz.voorbeeld.nl/oauth2/ciz --scope indicaties:read',
        'bronnet credential explain --subject noord --definition definition.json',
      ],
      run: onNode(async (call, given, terminal) => explain(call, given, terminal, await toQuestion(given))),
    },
  ]
}

async function issue(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const contexts = given.values('context')
  const { body } = await call({
    method: 'POST',
    path: '/internal/vcr/v2/issuer/vc',
    body: {
      issuer: given.value('issuer'),
      type: given.value('type'),
      credentialSubject: await readJson(given.value('claims') ?? '', '--claims'),
      expirationDate: momentOf(given.value('expires') ?? ''),
      format: given.value('format') ?? 'jwt_vc',
      ...(contexts.length === 0 ? {} : { '@context': contexts }),
    },
  })
  const credential = credentialValueSchema.parse(body)
  terminal.say(typeof credential === 'string' && !given.has('json') ? credential : JSON.stringify(credential))
  return exitStatus.good
}

async function load(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const subject = given.value('subject') ?? ''
  const text = (await readText(given.operands[0] ?? '', 'FILE')).trim()
  await call({
    method: 'POST',
    path: `/internal/vcr/v2/holder/${encodeURIComponent(subject)}/vc`,
    body: text.startsWith('{') || text.startsWith('"') ? parseJson(text, 'FILE') : text,
  })
  terminal.say(`the credential is in the wallet of ${subject}`)
  return exitStatus.good
}

async function collect(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const { body } = await call({
    method: 'POST',
    path: `${credentialsPath(given)}/collect`,
    body: { authorization_server: given.value('server'), scope: given.value('scope'), source: given.value('url') },
  })
  const collected = collectedSchema.parse(body)
  const refused = Object.entries(collected.refused).map(([code, count]) => `${String(count)} refused: ${code}`)
  terminal.say(
    given.has('json')
      ? JSON.stringify(collected)
      : [`${String(collected.added)} taken in, ${String(collected.known)} there already`, ...refused].join('\n'),
  )
  return refused.length === 0 ? exitStatus.good : exitStatus.no
}

async function list(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const { body } = await call({ method: 'GET', path: credentialsPath(given) })
  const { credentials } = heldListSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify({ credentials }))
  else if (credentials.length === 0) terminal.say('The wallet is empty.')
  else {
    const rows = credentials.map((one) => [one.type, one.expiresAt ?? 'never', noteOf(one), one.issuer, one.id])
    terminal.say(formatTable(['TYPE', 'EXPIRES', 'NOTE', 'ISSUER', 'ID'], rows))
  }
  return exitStatus.good
}

type Noted = Pick<z.output<typeof heldCredentialSchema>, 'reason' | 'expiresWithinDays'>

function noteOf({ reason, expiresWithinDays: days }: Noted): string {
  if (reason !== undefined) return reason
  return days === undefined ? '' : `ends within ${days} days`
}

async function show(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const [id = ''] = given.operands
  const { body } = await call({ method: 'GET', path: `${credentialsPath(given)}/${encodeURIComponent(id)}` })
  const shown = heldCredentialSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify(body))
  else {
    const rows = [
      ['type', shown.type],
      ['issuer', shown.issuer],
      ['format', shown.format],
      ['issued', shown.issuedAt ?? ''],
      ['expires', shown.expiresAt ?? 'never'],
      ['note', noteOf(shown)],
    ]
    terminal.say(
      `${formatTable(['ID', shown.id], rows)}\n\n${JSON.stringify(shown.content['credentialSubject'], undefined, 2)}`,
    )
  }
  return exitStatus.good
}

async function verify(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const text = (await readText(given.operands[0] ?? '', 'FILE')).trim()
  const verifiableCredential = /^[{"]/.test(text) ? parseJson(text, 'FILE') : text
  const { body } = await call({ method: 'POST', path: '/internal/vcr/v2/verifier/vc', body: { verifiableCredential } })
  const verdict = verdictSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify(verdict))
  else
    terminal.say(
      verdict.validity
        ? 'The credential is good.'
        : `The credential is not good: ${verdict.message ?? 'the node does not say why'}`,
    )
  return verdict.validity ? exitStatus.good : exitStatus.no
}

async function revoke(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const [id = ''] = given.operands
  await call({ method: 'DELETE', path: `/internal/vcr/v2/issuer/vc/${encodeURIComponent(id)}` })
  terminal.say(given.has('json') ? JSON.stringify({ revoked: id }) : 'The credential is revoked.')
  return exitStatus.good
}

async function suspend(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const [id = ''] = given.operands
  const reason = given.value('reason')
  await call({ method: 'POST', path: suspensionPath(id), ...(reason === undefined ? {} : { body: { reason } }) })
  terminal.say(given.has('json') ? JSON.stringify({ suspended: id }) : 'The credential is suspended.')
  return exitStatus.good
}

async function resume(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const [id = ''] = given.operands
  await call({ method: 'DELETE', path: suspensionPath(id) })
  terminal.say(given.has('json') ? JSON.stringify({ resumed: id }) : 'The credential is not suspended.')
  return exitStatus.good
}

function suspensionPath(id: string): string {
  return `/internal/bronnet/v1/credentials/${encodeURIComponent(id)}/suspension`
}

async function toQuestion(given: Given): Promise<object> {
  const [file, server, scope] = [given.value('definition'), given.value('server'), given.value('scope')]
  if (file !== undefined && server === undefined && scope === undefined) {
    return { definition: await readJson(file, '--definition') }
  }
  if (file !== undefined || server === undefined || scope === undefined) {
    throw new CommandFailure(exitStatus.usage, ['give --server and --scope, or --definition'])
  }
  return { authorization_server: server, scope }
}
