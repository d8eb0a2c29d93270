import { toRfc3339 } from '../kernel/clock.js'
import {
  introspectionAnswerSchema,
  revocationAnswerSchema,
  serviceTokenAnswerSchema,
} from '../../schemas/wire/oauth.js'
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
import { explain, subjectOption } from './explain.js'
import { readJson, readSecretText } from './input.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const common = [configOption, nodeOption, jsonOption]
const serverOption = {
  name: 'server',
  value: 'URL',
  about: 'issuer URL of the authorization server of the other party',
  required: true,
} as const
const scopeOption = { name: 'scope', value: 'SCOPE', about: 'the scope that is wanted', required: true } as const
const tokenFile = 'TOKEN-FILE'

/**
 * `bronnet token …`: tokens of others and of this node, over its internal interface. A token is printed only when it is
 * asked for, and read from a file or standard input: other programs can see the words of a command.
 */
export function tokenCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'token request',
      summary: 'get an access token of another party, and say what it is; the token itself only when asked',
      options: [
        subjectOption,
        serverOption,
        scopeOption,
        { name: 'type', value: 'TYPE', about: 'DPoP or Bearer; without it DPoP where the other party offers that' },
        {
          name: 'credential',
          value: 'FILE',
          about: 'JSON file with what the subject says about itself, without issuer and subject id',
          repeated: true,
        },
        { name: 'select', value: 'FIELD=VALUE', about: 'which of several credentials to show', repeated: true },
        { name: 'fresh', about: 'also when the node keeps a token of before' },
        { name: 'show-token', about: 'print the token itself and nothing else' },
        ...common,
      ],
      examples: [
        'bronnet token request --subject noord --server https://ciz.voorbeeld.nl/oauth2/ciz --scope indicaties:read',
        'bronnet token request --subject noord --server https://ciz.voorbeeld.nl/oauth2/ciz --scope indicaties:read --show-token > token',
      ],
      run: onNode(request),
    },
    {
      name: 'token introspect',
      summary: 'say what a token of this node means',
      operands: [tokenFile],
      options: common,
      examples: ['bronnet token introspect token', 'bronnet token introspect - < token'],
      run: onNode(introspect),
    },
    {
      name: 'token revoke',
      summary: 'end a token of this node at once',
      operands: [tokenFile],
      options: common,
      examples: ['bronnet token revoke - < token'],
      run: onNode(revoke),
    },
    {
      name: 'token explain',
      summary: 'say what another party asks for a scope, what of it a subject holds, and what is missing',
      options: [subjectOption, serverOption, scopeOption, ...common],
      examples: [
        'bronnet token explain --subject noord --server https://ciz.voorbeeld.nl/oauth2/ciz --scope indicaties:read',
      ],
      run: onNode((call, given, terminal) =>
        explain(call, given, terminal, {
          authorization_server: given.value('server'),
          scope: given.value('scope'),
        }),
      ),
    },
  ]
}

async function request(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const credentials = await Promise.all(given.values('credential').map((file) => readJson(file, '--credential')))
  const selected = given.values('select').map(parseSelect)
  const { body } = await call({
    method: 'POST',
    path: `/internal/auth/v2/${encodeURIComponent(given.value('subject') ?? '')}/request-service-access-token`,
    headers: given.has('fresh') ? { 'cache-control': 'no-cache' } : {},
    body: {
      authorization_server: given.value('server'),
      scope: given.value('scope'),
      ...(given.value('type') === undefined ? {} : { token_type: given.value('type') }),
      ...(credentials.length === 0 ? {} : { credentials }),
      ...(selected.length === 0 ? {} : { credential_selection: Object.fromEntries(selected) }),
    },
  })
  const obtained = serviceTokenAnswerSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify(obtained))
  else if (given.has('show-token')) terminal.say(obtained.access_token)
  else {
    const rows = [
      ['scope', obtained.scope],
      ['expires', toRfc3339(obtained.expires_at * 1000)],
      ...(obtained.dpop_kid === undefined ? [] : [['key', obtained.dpop_kid]]),
    ]
    terminal.say(formatTable(['TYPE', obtained.token_type], rows))
  }
  return exitStatus.good
}

function parseSelect(text: string): readonly [string, string] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new CommandFailure(exitStatus.usage, ['--select: give FIELD=VALUE'])
  return [text.slice(0, equals), text.slice(equals + 1)]
}

async function introspect(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const form = { token: await readSecretText(given.operands[0] ?? '', tokenFile) }
  const { body } = await call({ method: 'POST', path: '/internal/auth/v2/accesstoken/introspect', form })
  const said = introspectionAnswerSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify(said))
  else if (!said.active) terminal.say('The token is not active: unknown here, ended, or revoked.')
  else {
    const rows = Object.entries(said).flatMap(([name, value]) =>
      name === 'active' ? [] : [[name, toText(name, value)]],
    )
    terminal.say(formatTable(['CLAIM', 'VALUE'], rows))
  }
  return said.active ? exitStatus.good : exitStatus.no
}

const instantNames = ['iat', 'exp']

function toText(name: string, value: unknown): string {
  if (instantNames.includes(name) && typeof value === 'number') return toRfc3339(value * 1000)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

async function revoke(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const form = { token: await readSecretText(given.operands[0] ?? '', tokenFile) }
  const { body } = await call({ method: 'POST', path: '/internal/bronnet/v1/tokens/revoke', form })
  const { revoked } = revocationAnswerSchema.parse(body)
  if (given.has('json')) terminal.say(JSON.stringify({ revoked }))
  else
    terminal.say(revoked ? 'The token is revoked.' : 'There is no such token: unknown here, ended, or revoked before.')
  return revoked ? exitStatus.good : exitStatus.no
}
