import { readFile, stat } from 'node:fs/promises'
import { parseAuthorizedKeys } from '../../http/sign-in/authorized-keys.js'
import { systemCodeOf } from '../../kernel/errors.js'
import { SignInFailure } from '../node-client.js'
import { attention, broken, ok, type Finding, type Look, type Patient } from './finding.js'

const about = 'sign-in'

/** Who may call the internal listener: the file that lists them, the key of who asks, and whether it opens. */
export const lookAtSignIn: Look = async (patient) => {
  const { auth } = patient.configuration.http.internal
  if (auth?.type !== 'token_v2') return [ok(about, 'nobody is asked: whoever reaches the internal port is let in')]
  const listed = await lookAtList(auth.authorizedKeysPath ?? '', auth.defaultRole)
  const own = patient.signInKeyFile === undefined ? [] : await lookAtOwnKey(patient.signInKeyFile)
  return [...listed, ...own, ...(await tryToSignIn(patient))]
}

async function lookAtList(
  file: string,
  defaultRole: Parameters<typeof parseAuthorizedKeys>[1],
): Promise<readonly Finding[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const says = `${file} cannot be read (${systemCodeOf(cause) ?? 'unknown'}), so nobody may sign in`
    return [broken(about, says, 'give http.internal.auth.authorizedKeysPath a file that the node can read')]
  }
  const { keys, faults } = parseAuthorizedKeys(text, defaultRole)
  const { mode } = await stat(file)
  const administrators = keys.filter(({ role }) => role === 'administrator').length
  return [
    ...faults.map((fault) => broken(about, `${file}: ${fault}`, 'mend the line; it lets nobody in, and stops a start')),
    ...((mode & 0o022) === 0
      ? []
      : [broken(about, `others on this machine can write ${file}`, `let only its owner write it: chmod go-w ${file}`)]),
    administrators === 0
      ? attention(about, `none of ${keys.length} keys is of an administrator`, 'bronnet sign-in key makes one')
      : ok(about, `${keys.length} keys are listed, ${administrators} of administrators`),
  ]
}

async function lookAtOwnKey(file: string): Promise<readonly Finding[]> {
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return []
  return [broken(about, `others on this machine can read the private key in ${file}`, `chmod 600 ${file}`)]
}

async function tryToSignIn({ call, signsIn }: Patient): Promise<readonly Finding[]> {
  if (call === undefined) return []
  if (!signsIn) {
    const mend = 'give --sign-in-key FILE to look at the rest'
    return [attention(about, 'the node asks who calls, so what it only tells to who signs in is not told', mend)]
  }
  try {
    await call({ method: 'GET', path: '/internal/vdr/v2/subject' })
    return [ok(about, 'the node lets you in')]
  } catch (cause) {
    if (!(cause instanceof SignInFailure)) throw cause
    const [says = 'the node does not let you in', mend] = cause.lines
    return [broken(about, says, mend)]
  }
}
