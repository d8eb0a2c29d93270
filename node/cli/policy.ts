import { readFile } from 'node:fs/promises'
import { schemaFaults } from '../kernel/schema-faults.js'
import { join } from 'node:path'
import { lintPack, testPack } from '../access/check-pack.js'
import { createTrust } from '../credentials/trust.js'
import { packageFile } from '../kernel/package-root.js'
import { compilePack, readPacks } from '../policy/pack.js'
import { packCasesSchema, type PackCase, type PackData } from '../../schemas/pack.js'
import { readExplanationSchema, reloadedSchema } from '../../schemas/wire/policy.js'
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
import { readJson, readSecretText, readText } from './input.js'
import { withNode, type CallNode, type FindConfiguration } from './node-client.js'
import { formatTable } from './table.js'

const directoryOption = {
  name: 'directory',
  value: 'DIR',
  about: 'directory of packs; default: the packs shipped with the node',
} as const

/** `bronnet policy …`: what the rules say, whether they are right, and reading them anew. */
export function policyCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  const onNode = withNode(findConfiguration)
  return [
    {
      name: 'policy explain',
      summary: 'say what the rules of a node that runs would decide about a read, and why',
      options: [
        subjectOption,
        { name: 'source', value: 'NAME', about: 'name of the source', required: true },
        { name: 'query', value: 'FILE', about: 'file with the query, for a source that is asked by GraphQL' },
        { name: 'variables', value: 'FILE', about: 'JSON file with the variables of the query' },
        {
          name: 'fhir',
          value: 'FILE',
          about:
            'file with the call, for a FHIR source: GET Condition/c-1, or POST Condition/_search and a parameter on each line after it',
        },
        {
          name: 'bsn',
          value: 'FILE',
          about: 'file with the BSN of the person whose the record of a FHIR call is; - reads it from standard input',
        },
        { name: 'patient', value: 'ID', about: 'the same by the id of the Patient, for templates that go by that' },
        { name: 'claims', value: 'FILE', about: 'JSON file with what the requester would have proven', required: true },
        { name: 'scope', value: 'SCOPE', about: 'scope of its token; default: all of the source', repeated: true },
        { name: 'time', value: 'TIME', about: 'moment of the read, as 2026-11-24T09:00:00Z; default: now' },
        { name: 'fact', value: 'NAME', about: 'a fact that is taken to hold; none is asked', repeated: true },
        { name: 'consent', about: 'the person is taken to have consented; what was really said is not looked at' },
        configOption,
        nodeOption,
        jsonOption,
      ],
      examples: [
        'bronnet policy explain --subject ciz --source indicatieregister --query vraag.graphql --claims zorgkantoor.json',
        'bronnet policy explain --subject huisarts --source dossier --fhir vraag.http --claims zorgaanbieder.json --consent',
      ],
      run: onNode(explain),
    },
    {
      name: 'policy test',
      summary: 'ask every case of the packs, and each that is permitted a little too much',
      options: [directoryOption, jsonOption],
      examples: ['bronnet policy test', 'bronnet policy test --directory ./policies'],
      run: test,
    },
    {
      name: 'policy lint',
      summary: 'say what is wrong with packs: places, filters, roles, and rules without cases',
      options: [directoryOption, jsonOption],
      examples: ['bronnet policy lint --directory ./policies'],
      run: lint,
    },
    {
      name: 'policy reload',
      summary: 'make a node that runs read its packs anew: all of them, or none when one is not good',
      options: [byOption, configOption, nodeOption, jsonOption],
      examples: ['bronnet policy reload'],
      run: onNode(reload),
    },
  ]
}

async function explain(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const [question, claims] = await Promise.all([readQuestion(given), readJson(given.value('claims') ?? '', '--claims')])
  const scopes = given.values('scope')
  const facts = Object.fromEntries(given.values('fact').map((name) => [name, true]))
  const time = given.value('time')
  const path = `/internal/bronnet/v1/subjects/${encodeURIComponent(given.value('subject') ?? '')}/policy/explain`
  const body = {
    source: given.value('source'),
    claims,
    ...question,
    facts,
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(time === undefined ? {} : { time }),
    ...(given.has('consent') ? { consent: true } : {}),
  }
  const explanation = readExplanationSchema.parse((await call({ method: 'POST', path, body })).body)
  terminal.say(given.has('json') ? JSON.stringify(explanation) : explanation.text.join('\n'))
  return explanation.permitted ? exitStatus.good : exitStatus.no
}

/** What is asked, in the language of the source. */
async function readQuestion(given: Given): Promise<object> {
  const [query, variables, fhir, bsn, patient] = ['query', 'variables', 'fhir', 'bsn', 'patient'].map((name) =>
    given.value(name),
  )
  if ((query === undefined) === (fhir === undefined))
    throw new CommandFailure(exitStatus.usage, ['give --query or --fhir, and not both'])
  if (query !== undefined) {
    if (bsn !== undefined || patient !== undefined)
      throw new CommandFailure(exitStatus.usage, ['--bsn and --patient go with --fhir'])
    const text = await readText(query, '--query')
    return { query: text, ...(variables === undefined ? {} : { variables: await readJson(variables, '--variables') }) }
  }
  if (variables !== undefined) throw new CommandFailure(exitStatus.usage, ['--variables goes with --query'])
  const person = {
    ...(bsn === undefined ? {} : { bsn: await readSecretText(bsn, '--bsn') }),
    ...(patient === undefined ? {} : { patient }),
  }
  return { fhir: { ...parseCallText(await readText(fhir ?? '', '--fhir')), person } }
}

/** A call as it is written in a file. What stands there may name a person, so no message repeats it. */
function parseCallText(text: string): object {
  const [line = '', ...parameters] = text.split('\n').map((each) => each.trim())
  const [, method = 'GET', url] = /^(?:(GET|POST) +)?(\S+)$/.exec(line) ?? []
  if (url === undefined)
    throw new CommandFailure(exitStatus.usage, ['--fhir: the first line must be GET or POST and an address'])
  const body = parameters.filter((each) => each !== '').join('&')
  return { method, url, ...(body === '' ? {} : { body }) }
}

async function reload(call: CallNode, given: Given, terminal: Terminal): Promise<number> {
  const { body } = await call({
    method: 'POST',
    path: '/internal/bronnet/v1/policy/reload',
    body: { by: operatorOf(given) },
  })
  const { packs } = reloadedSchema.parse(body)
  const rows = packs.map(({ id, version, rules }) => [id, version, String(rules)])
  terminal.say(given.has('json') ? JSON.stringify({ packs }) : formatTable(['PACK', 'VERSION', 'RULES'], rows))
  return exitStatus.good
}

interface FoundPack {
  readonly data: PackData
  readonly cases: readonly PackCase[]
}

async function findPacks(given: Given): Promise<readonly FoundPack[]> {
  const directory = given.value('directory') ?? packageFile('policies')
  const packs = [...(await readPacks(directory)).values()]
  return Promise.all(
    packs.map(async (data) => ({ data, cases: await readCases(join(directory, data.id, 'cases.json')) })),
  )
}

async function readCases(file: string): Promise<readonly PackCase[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  const parsed = packCasesSchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new CommandFailure(exitStatus.no, schemaFaults(parsed.error, { of: file }))
}

/** Whose word counts makes no difference to what a rule says of what was proven. */
function compile(data: PackData, sandbox: boolean) {
  return compilePack(data, { bronhouder: 'did:web:source.invalid', trust: createTrust({}), sandbox })
}

async function test(given: Given, terminal: Terminal): Promise<number> {
  const found = await findPacks(given)
  const results = await Promise.all(
    found.map(async ({ data, cases }) => ({
      pack: data.id,
      results: await testPack({
        data,
        cases,
        compile: (sandbox) => compile(data, sandbox),
      }),
    })),
  )
  const faults = results.flatMap(({ pack, results: each }) =>
    each.flatMap(({ name, faults: wrong }) => wrong.map((fault) => `${pack}: ${name}: ${fault}`)),
  )
  if (given.has('json')) terminal.say(JSON.stringify({ packs: results, faults }))
  else {
    const rows = results.map(({ pack, results: each }) => [
      pack,
      String(each.length),
      String(each.reduce((total, { mutations }) => total + mutations, 0)),
      String(each.filter(({ faults: wrong }) => wrong.length > 0).length),
    ])
    terminal.say([...faults, formatTable(['PACK', 'CASES', 'TOO MUCH, REFUSED', 'WRONG'], rows)].join('\n'))
  }
  return faults.length === 0 ? exitStatus.good : exitStatus.no
}

async function lint(given: Given, terminal: Terminal): Promise<number> {
  const found = await findPacks(given)
  const faults = found.flatMap(({ data, cases }) => {
    compile(data, false)
    return lintPack(data, cases).map((fault) => `${data.id}: ${fault}`)
  })
  if (given.has('json')) terminal.say(JSON.stringify({ faults }))
  else terminal.say(faults.length === 0 ? `${String(found.length)} packs, nothing wrong` : faults.join('\n'))
  return faults.length === 0 ? exitStatus.good : exitStatus.no
}
