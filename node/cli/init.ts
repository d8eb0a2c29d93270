import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { readDiscoveryDefinition } from '../catalogue/definition.js'
import type { LoadedConfiguration } from '../config.js'
import { didWebFor } from '../identity/did-web.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { randomId, randomToken } from '../kernel/random.js'
import { readPacks } from '../policy/pack.js'
import type { Configuration } from '../../schemas/configuration.js'
import { CommandFailure, type Command, type CommandOption, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { readAnswersFile } from './init/answers-file.js'
import { openConversation, type Conversation } from './init/ask.js'
import { splitIdentifier, splitOnce } from './init/checks.js'
import { collectAnswers } from './init/collect.js'
import { readDemoNetwork, type DemoNetwork } from './init/network-of.js'
import { nextSteps } from './init/next-steps.js'
import { policiesOf } from './init/network-questions.js'
import { administratorFiles } from './init/administrator.js'
import { administratorOf, createQuestions, madePassphraseFile } from './init/questions.js'
import type { Answers, Question } from './init/question.js'
import { writeSettings } from './init/settings.js'
import { refuseToReplace, writeFiles, type NewFile } from './init/write-files.js'

/** What `init` needs of the process. */
export interface InitDeps {
  /** As at a start. @throws `config.invalid` */
  readonly checkSettings: (value: unknown) => LoadedConfiguration
  readonly clock: Clock
  /** Opens the place of the keys and closes it again. @throws `identity.key_store_closed`, `config.invalid` */
  readonly tryKeys: (configuration: Configuration) => Promise<void>
  /** What is typed for `bronnet`, such as `npx bronnet`; without this `bronnet`. */
  readonly calledAs?: string
  /** A conversation when somebody is at a terminal. */
  readonly findConversation?: () => Conversation | undefined
}

const usualDirectory = 'bronnet-node'

const insteadOfReplacing = 'give another --directory, or --force to write over it'

const settingsIn = (directory: string): string => join(directory, 'node.yaml')

/** `bronnet init`: sets up one node, by questions on a terminal or by options and a file with answers. */
export function initCommand(deps: InitDeps): Command {
  return {
    name: 'init',
    summary: 'set up a node: asks what it must know on a terminal, or takes it from options and a file with answers',
    options: [
      { name: 'directory', value: 'DIR', about: `where its settings go; default: ./${usualDirectory}` },
      { name: 'answers', value: 'FILE', about: 'YAML or JSON file with answers by the names of the options below' },
      { name: 'yes', about: 'ask nothing and take the usual answer where there is one' },
      { name: 'force', about: 'write over settings that are there; a passphrase is never written over' },
      { name: 'offline', about: 'try neither the database nor Vault' },
      ...createQuestions({ directory: usualDirectory, offline: true }).map(toOption),
    ],
    examples: [
      'bronnet init',
      'bronnet init --directory node --answers answers.yaml',
      'bronnet init --yes --use development --demo .demo --organization "Gemeente Proef" --city Proefstad --role gemeente --identifier gemeentecode:9996',
      'bronnet init --yes --organization CIZ --url https://node.voorbeeld.nl --source indicaties=indicatieregister-2@https://register.intern/graphql',
    ],
    run: (given, terminal) => setUp(deps, given, terminal),
  }
}

function toOption({ name, value, about, choices, several }: Question): CommandOption {
  return {
    name,
    value,
    about,
    ...(choices === undefined ? {} : { choices }),
    ...(several === true ? { repeated: true } : {}),
  }
}

async function setUp(deps: InitDeps, given: Given, terminal: Terminal): Promise<number> {
  const directory = resolve(given.value('directory') ?? usualDirectory)
  const surroundings = { directory, offline: given.has('offline') }
  const questions = createQuestions(surroundings)
  const answersFile = given.value('answers')
  const file = answersFile === undefined ? {} : await readAnswersFile(answersFile, questions)
  if (!given.has('force')) refuseToReplace(settingsIn(directory), insteadOfReplacing)
  const conversation = given.has('yes') ? undefined : (deps.findConversation ?? findConversation)()
  try {
    const answers = await collectAnswers(
      questions,
      { options: (name) => given.values(name), file },
      { takesUsual: given.has('yes'), ask: conversation?.ask },
    )
    const made = await makeFiles(answers, directory, deps.checkSettings)
    const { configuration, notices } = checkMade(deps, made.settings)
    // A file with the passphrase that is made here is not there yet; what is there was looked at with its answer.
    if (!surroundings.offline && configuration.keys.store !== 'file') await deps.tryKeys(configuration)
    if (conversation !== undefined && !(await conversation.confirm(`Write this to ${directory}?`))) {
      throw new CommandFailure(exitStatus.no, ['nothing was written'])
    }
    await writeFiles(made.files, { force: given.has('force'), instead: insteadOfReplacing })
    const { clock, calledAs = 'bronnet' } = deps
    const open = await openToAll(answers.one('passphrase-file'))
    terminal.say(
      nextSteps({
        ...made,
        answers,
        directory,
        notices: [...notices, ...open],
        now: clock.now(),
        calledAs,
      }).join('\n'),
    )
    return exitStatus.good
  } finally {
    conversation?.close()
  }
}

function findConversation(): Conversation | undefined {
  return process.stdin.isTTY ? openConversation({ input: process.stdin, output: process.stderr }) : undefined
}

/** A passphrase that was there before may lie open; one that is made does not. */
async function openToAll(file: string | undefined): Promise<readonly string[]> {
  const mode = file === undefined ? 0 : (await stat(file)).mode
  return (mode & 0o007) === 0
    ? []
    : [`${file ?? ''} can be read by everybody on this machine: chmod o-rwx ${file ?? ''}`]
}

interface Made {
  readonly settings: string
  readonly files: readonly NewFile[]
  readonly did: string
  readonly demo: DemoNetwork | undefined
}

/** Everything that is written, in its order: the settings last. */
async function makeFiles(answers: Answers, directory: string, checkSettings: InitDeps['checkSettings']): Promise<Made> {
  const demoDirectory = answers.one('demo')
  const demo = demoDirectory === undefined ? undefined : await readDemoNetwork(resolve(demoDirectory))
  const definitions = [...answers.all('discovery'), ...(demo === undefined ? [] : [demo.definition])]
  const listed = await Promise.all(
    definitions.map(async (file) => ({
      id: (await readDiscoveryDefinition(file)).id,
      text: await readFile(file, 'utf8'),
    })),
  )
  const trusted = [
    ...answers.all('trust').map((pair) => splitOnce(pair, '=')),
    ...(demo === undefined ? [] : [['LedenadministratieCredential', demo.issuer.did]]),
  ]
  const trust: Record<string, string[]> = {}
  for (const [type = '', did = ''] of trusted) (trust[type] ??= []).push(did)
  const id = (await findEarlierId(settingsIn(directory), answers, checkSettings)) ?? randomId()
  const did = didWebFor(answers.one('url') ?? '', 'iam', id)
  const settings = writeSettings({
    answers,
    directory,
    id,
    services: listed.map((service) => service.id),
    trust,
    packs: [...(await readPacks(policiesOf(answers))).values()],
  })
  const claims = claimsOf(answers, did)
  const administrator = administratorOf(answers)
  const passphrase = madePassphraseFile({ directory, offline: true })
  return {
    settings,
    did,
    demo,
    files: [
      ...(answers.one('passphrase-file') === passphrase
        ? [{ path: passphrase, text: `${randomToken()}\n`, isSecret: true, isKept: true } as const]
        : []),
      ...(administrator === undefined ? [] : await administratorFiles(directory, administrator)),
      ...listed.map((service) => ({ path: join(directory, 'discovery', `${service.id}.json`), text: service.text })),
      ...(claims === undefined ? [] : [{ path: join(directory, 'membership.json'), text: claims }]),
      { path: settingsIn(directory), text: settings },
    ],
  }
}

/** The end of the DID that this party had in settings that are written over: others may know it. */
async function findEarlierId(
  file: string,
  answers: Answers,
  checkSettings: InitDeps['checkSettings'],
): Promise<string | undefined> {
  try {
    const { configuration } = checkSettings(parseYaml(await readFile(file, 'utf8')))
    return configuration.parties.find(({ subject }) => subject === answers.one('subject'))?.id
  } catch {
    // No settings yet, or none that could be used.
    return undefined
  }
}

/** What a membership says of the organisation, for who issues it; nothing when not all of it was answered. */
function claimsOf(answers: Answers, did: string): string | undefined {
  const [city, role, [identifier]] = [answers.one('city'), answers.one('role'), answers.all('identifier')]
  if (city === undefined || role === undefined || identifier === undefined) return undefined
  const { kind, number } = splitIdentifier(identifier)
  const organization = { name: answers.one('organization'), city, id: number, id_type: kind, role }
  return `${JSON.stringify({ id: did, organization }, null, 2)}\n`
}

/** The text that will be written, judged as a start would. */
function checkMade({ checkSettings }: InitDeps, settings: string): LoadedConfiguration {
  try {
    return checkSettings(parseYaml(settings))
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    throw new CommandFailure(exitStatus.usage, [
      'these answers do not go together; nothing was written',
      ...cause.notes,
    ])
  }
}
