import { join } from 'node:path'
import { toRfc3339, type Instant } from '../../kernel/clock.js'
import { administratorKeyIn } from './administrator.js'
import type { Answers } from './question.js'
import { administratorOf } from './questions.js'
import type { DemoNetwork } from './network-of.js'
import type { NewFile } from './write-files.js'

const yearMilliseconds = 365 * 86_400_000

/** What was set up. */
export interface SetUpDone {
  readonly answers: Answers
  readonly directory: string
  readonly did: string
  readonly demo: DemoNetwork | undefined
  readonly files: readonly NewFile[]
  readonly notices: readonly string[]
  readonly now: Instant
  /** What is typed for `bronnet` where this ran. */
  readonly calledAs: string
}

/** What to do next, as lines: each that begins as `bronnet` is called can be typed as it is. */
export function nextSteps(done: SetUpDone): readonly string[] {
  return stepsOf(done).map((line) => line.replace(/^bronnet /, `${done.calledAs} `))
}

function stepsOf(done: SetUpDone): readonly string[] {
  const { answers, directory, did, files, notices } = done
  const config = `--config ${quoted(join(directory, 'node.yaml'))}`
  return [
    `The node of ${answers.one('organization') ?? ''} is set up.`,
    '',
    ...files.map(({ path, isSecret }) => `  ${path}${isSecret === true ? '   (secret: keep a copy elsewhere)' : ''}`),
    '',
    `Its DID will be ${did}`,
    ...notices.map((notice) => `Beware: ${notice}`),
    '',
    ...storageStep(answers),
    'Start it, and look from another terminal whether it can do its work:',
    '',
    `bronnet start ${config}`,
    ...signInStep(answers, directory),
    `bronnet health ${config}`,
    `bronnet doctor ${config}`,
    ...membershipSteps(done, config),
  ]
}

function signInStep(answers: Answers, directory: string): readonly string[] {
  const administrator = administratorOf(answers)
  return administrator === undefined
    ? []
    : [
        '',
        `The node asks who calls. Commands sign in as ${administrator} where this is set; other programs get a token by bronnet sign-in token:`,
        '',
        `export BRONNET_SIGN_IN_KEY=${quoted(administratorKeyIn(directory))}`,
      ]
}

function storageStep(answers: Answers): readonly string[] {
  return answers.one('storage')?.startsWith('postgres') === true
    ? ['The database may ask for a password: give it in the variable PGPASSWORD.', '']
    : []
}

function membershipSteps({ answers, directory, files, demo, now }: SetUpDone, config: string): readonly string[] {
  const claims = files.find(({ path }) => path === join(directory, 'membership.json'))
  const subject = answers.one('subject') ?? ''
  const isListed = answers.all('discovery').length > 0 || demo !== undefined
  const membership = quoted(join(directory, 'membership.jwt'))
  const loading = [
    `bronnet credential load ${membership} --subject ${subject} ${config}`,
    ...(isListed ? [`bronnet discovery join --subject ${subject} ${config}`] : []),
    ...(isListed ? [`bronnet find ${quoted(answers.one('organization') ?? '')} --kind parties ${config}`] : []),
  ]
  if (demo !== undefined && claims !== undefined) {
    return [
      '',
      'While the demo network runs, its stelselbeheerder issues the membership:',
      '',
      `bronnet credential issue --node ${demo.issuer.internalUrl} --issuer ${demo.issuer.did} --type LedenadministratieCredential --claims ${quoted(claims.path)} --expires ${toRfc3339(now + yearMilliseconds)} > ${membership}`,
      ...loading,
    ]
  }
  if (!isListed && claims === undefined) return []
  return [
    '',
    claims === undefined
      ? 'To be listed it needs the credentials that the network asks. When you have one in a file:'
      : `To be a member, send ${claims.path} to who issues memberships in your network. When you have what they issue:`,
    '',
    ...loading,
  ]
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@=-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`
}
