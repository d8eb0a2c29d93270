import { signInAudienceOf } from '../http/sign-in/audience.js'
import { makeSignInToken } from '../http/sign-in/make-sign-in-token.js'
import { parsePrivateKeyFile, type PrivateKeyFile } from '../identity/ssh-private-key.js'
import { systemClock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Configuration } from '../../schemas/configuration.js'
import { CommandFailure, type Command, type CommandOption, type Given } from './command.js'
import { exitStatus } from './exit-status.js'
import { readSecretText, readText } from './input.js'

/** How who gives a command signs in at the node. */
export const signInOptions: readonly CommandOption[] = [
  {
    name: 'sign-in-key',
    value: 'FILE',
    variable: 'BRONNET_SIGN_IN_KEY',
    about: 'private key to sign in with, of OpenSSH or PEM; the node lists its public half',
  },
  {
    name: 'sign-in-user',
    value: 'NAME',
    variable: 'BRONNET_SIGN_IN_USER',
    about: 'whose key it is, as the node lists it; default: as the file of the key says',
  },
  {
    name: 'sign-in-audience',
    value: 'NAME',
    variable: 'BRONNET_SIGN_IN_AUDIENCE',
    about: 'for whom the node wants tokens; default: as the settings say, or the host of the node',
  },
  {
    name: 'sign-in-token',
    value: 'FILE',
    variable: 'BRONNET_SIGN_IN_TOKEN',
    about: 'file with a token that was made elsewhere, instead of a key; - is standard input',
  },
]

/** The command that also says whether a sign-in is good. */
const teller = 'doctor'

/** A command with the options to sign in, when it is one that talks to a node. */
export function withSignInOptions(command: Command): Command {
  const talks = command.options.some(({ name }) => name === 'node')
  if (!talks) return command
  const options =
    command.name === teller ? signInOptions : signInOptions.map((option) => ({ ...option, toldBy: teller }))
  return { ...command, options: [...command.options, ...options] }
}

/** The token of one call. */
export type MakeToken = () => string

const tokenLifeSeconds = 60

/**
 * What makes tokens, each for one call; `undefined` when nothing was given to sign in with.
 * @throws `CommandFailure` for what cannot be used
 */
export async function openSignIn(given: Given, audience: string): Promise<MakeToken | undefined> {
  const [keyFile, tokenFile] = [given.value('sign-in-key'), given.value('sign-in-token')]
  if (tokenFile !== undefined) {
    const token = await readSecretText(tokenFile, '--sign-in-token')
    return () => token
  }
  if (keyFile === undefined) return undefined
  const { key, user } = await readSignInKey(keyFile, given.value('sign-in-user'))
  return () => makeSignInToken(key, { user, audience, now: systemClock.now(), lifeSeconds: tokenLifeSeconds })
}

/** A private key, and whose it is. @throws `CommandFailure` */
export async function readSignInKey(
  file: string,
  named: string | undefined,
): Promise<Pick<PrivateKeyFile, 'key'> & { readonly user: string }> {
  const { key, comment } = parseKey(await readText(file, '--sign-in-key'))
  const user = named ?? comment
  if (user === undefined)
    throw new CommandFailure(exitStatus.usage, ['--sign-in-user: say whose key it is; its file does not'])
  return { key, user }
}

function parseKey(text: string): PrivateKeyFile {
  try {
    return parsePrivateKeyFile(text)
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    throw new CommandFailure(
      exitStatus.usage,
      cause.notes.map((note) => `--sign-in-key: ${note}`),
    )
  }
}

/** For whom the tokens of a node must be, as its settings say; the host of its address where there are none. */
export function audienceOf(given: Given, address: string, configuration: Configuration | undefined): string {
  const named = given.value('sign-in-audience')
  if (named !== undefined) return named
  if (configuration !== undefined) return signInAudienceOf(configuration)
  const host = new URL(address).hostname
  return /^(localhost|127\..*|\[::1\])$/.test(host) ? signInAudienceOf(undefined) : host
}
