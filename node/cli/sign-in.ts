import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import { signInAudienceOf } from '../http/sign-in/audience.js'
import { parseAuthorizedKeys } from '../http/sign-in/authorized-keys.js'
import { makeSignInToken } from '../http/sign-in/make-sign-in-token.js'
import { writePrivateKeyFile } from '../identity/ssh-private-key.js'
import { toSshPublicKey } from '../identity/ssh-public-key.js'
import { systemClock } from '../kernel/clock.js'
import { internalRoles } from '../../schemas/internal-listener.js'
import { CommandFailure, configOption, type Command, type Given } from './command.js'
import { exitStatus } from './exit-status.js'
import { writeFiles } from './init/write-files.js'
import { findSettings, type FindConfiguration } from './node-client.js'
import { readSignInKey, signInOptions } from './sign-in-options.js'

const usualMinutes = 5
const mostMinutes = 24 * 60

/** What makes tokens; a token that is there needs none of this. */
const makingOptions = signInOptions.filter(({ name }) => name !== 'sign-in-token')

/** A new key to sign in with, and the line by which a node lists it. */
export interface NewSignInKey {
  /** The file of OpenSSH with the private key. */
  readonly file: string
  readonly line: string
}

/**
 * Makes a key for somebody.
 * @throws `CommandFailure` when no node would take its line
 */
export function createSignInKey(of: KeyHolder): NewSignInKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { file: writePrivateKeyFile(privateKey, of.user), line: signInLine(privateKey, of) }
}

/** Whose a key is, and for what. */
export interface KeyHolder {
  readonly user: string
  readonly role: string
  /** None for all. */
  readonly parties: readonly string[]
}

/** The line by which a node lists a key. @throws `CommandFailure` when no node would take it */
export function signInLine(key: KeyObject, of: KeyHolder): string {
  const { type, blob } = toSshPublicKey(key)
  const parties = of.parties.length === 0 ? '' : `,parties="${of.parties.join(',')}"`
  const line = `role="${of.role}"${parties} ${type} ${blob.toString('base64')} ${of.user}`
  const { keys, faults } = parseAuthorizedKeys(line)
  if (faults.length > 0 && !line.includes('\n')) throw new CommandFailure(exitStatus.usage, faults)
  // A sign that begins a remark, or an end of line, would make it another line than it seems.
  if (keys.length !== 1 || keys[0]?.user !== of.user)
    throw new CommandFailure(exitStatus.usage, ['give a name without # and ends of lines'])
  return line
}

/** `bronnet sign-in …`: what it takes to call the internal listener of a node that asks who calls. */
export function signInCommands({
  findConfiguration,
}: {
  readonly findConfiguration: FindConfiguration
}): readonly Command[] {
  return [
    {
      name: 'sign-in key',
      summary: 'make a key to sign in with, and print the line by which a node lists it',
      operands: ['FILE'],
      options: [
        { name: 'for', value: 'NAME', about: 'whose key it is: a person or a program', required: true },
        {
          name: 'role',
          value: 'ROLE',
          choices: internalRoles,
          about: `one of ${internalRoles.join(', ')}`,
          required: true,
        },
        {
          name: 'party',
          value: 'NAME',
          about: 'the key is for what is about this party, and about none',
          repeated: true,
        },
      ],
      examples: [
        'bronnet sign-in key jansen.key --for jansen@voorbeeld.nl --role administrator >> authorized_keys',
        'bronnet sign-in key epd.key --for epd --role application --party voorbeeld >> authorized_keys',
      ],
      async run(given, terminal) {
        const path = resolve(given.operands[0] ?? '')
        const key = createSignInKey({
          user: given.value('for') ?? '',
          role: given.value('role') ?? '',
          parties: given.values('party'),
        })
        await writeFiles([{ path, text: key.file, isSecret: true }], {
          force: false,
          instead: 'give another FILE, or remove it first',
        })
        terminal.note(
          `The private key is in ${path}, for nobody else. The line is for http.internal.auth.authorizedKeysPath.`,
        )
        terminal.say(key.line)
        return exitStatus.good
      },
    },
    {
      name: 'sign-in token',
      summary: 'print a token with which other programs call the internal listener, made with a key',
      options: [
        { name: 'minutes', value: 'COUNT', about: `how long it counts; default ${usualMinutes}, a day at most` },
        ...makingOptions,
        configOption,
      ],
      examples: ['bronnet sign-in token --sign-in-key jansen.key --sign-in-audience node.voorbeeld.nl --minutes 60'],
      async run(given, terminal) {
        const file = given.value('sign-in-key')
        if (file === undefined) throw new CommandFailure(exitStatus.usage, ['--sign-in-key: give the key to sign with'])
        const { key, user } = await readSignInKey(file, given.value('sign-in-user'))
        const audience =
          given.value('sign-in-audience') ?? signInAudienceOf(await findSettings(given, findConfiguration))
        const lifeSeconds = minutesOf(given) * 60
        terminal.say(makeSignInToken(key, { user, audience, now: systemClock.now(), lifeSeconds }))
        return exitStatus.good
      },
    },
  ]
}

function minutesOf(given: Given): number {
  const text = given.value('minutes') ?? String(usualMinutes)
  const minutes = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (minutes >= 1 && minutes <= mostMinutes) return minutes
  throw new CommandFailure(exitStatus.usage, [`--minutes: give a number from 1 to ${mostMinutes}`])
}
