import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { readDiscoveryDefinition } from '../../catalogue/definition.js'
import { checkServerIdentity } from '../../http/server-tls.js'
import { identifierKinds, isTestOin, parseOin } from '../../kernel/identifiers.js'
import { NodeError } from '../../kernel/errors.js'
import { Secret } from '../../kernel/secret.js'
import { credentialTypeNames } from '../../credentials/types/table.js'
import { readPacks } from '../../policy/pack.js'
import { faultsOfPostgres, readPostgresSettings } from '../../stores/postgres-settings.js'
import { fhirSchema } from '../../../schemas/source-settings.js'
import { memberIdTypes } from '../../../schemas/credentials/ledenadministratie.js'
import { CommandFailure } from '../command.js'
import { createSignInKey } from '../sign-in.js'
import type { Answers } from './question.js'

/** What is wrong with an answer; `undefined` when nothing is. None of these quotes what was answered. */
type Fault = string | undefined

/** `kvk:90000380`: a kind that an organisation can be known by, and a number of the form of that kind. */
export function faultOfIdentifier(text: string, { one }: Answers): Fault {
  const { kind, number } = splitIdentifier(text)
  if (kind === undefined) return `give a kind and a number, such as kvk:90000380; kinds: ${memberIdTypes.join(', ')}`
  try {
    identifierKinds[kind](number)
  } catch {
    return `this is not a well-formed ${kind}`
  }
  return kind === 'oin' && one('use') === 'production' && isTestOin(parseOin(number))
    ? 'this OIN is set aside for tests, and a network for real use refuses it'
    : undefined
}

/** The two parts of an identifier; no kind when it is not one of an organisation. */
export function splitIdentifier(text: string): {
  readonly kind: (typeof memberIdTypes)[number] | undefined
  readonly number: string
} {
  const [kind, ...number] = text.split(':')
  return { kind: memberIdTypes.find((known) => known === kind), number: number.join(':') }
}

/** A base URL as others reach the node. */
export function faultOfUrl(text: string, { one }: Answers): Fault {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return 'give a URL that begins with https:// or http://'
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (`${username}${password}${search}${hash}` !== '' || /[?#]/.test(text)) return 'give it without user, ? and #'
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return 'give a host name: the DIDs of a node cannot hold an address'
  if (one('use') !== 'production') return undefined
  if (protocol !== 'https:') return 'for real use it must begin with https://'
  return hostname === 'localhost' || hostname.endsWith('.localhost')
    ? 'others do not reach this machine by that name'
    : undefined
}

export function faultOfPort(text: string): Fault {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? undefined : 'give a port from 1 to 65535'
}

/** A file that can be read, and is not empty. */
export function faultOfFile(file: string): Fault {
  try {
    return readFileSync(file, 'utf8').trim() === '' ? 'the file is empty' : undefined
  } catch {
    return 'there is no file there that can be read'
  }
}

/** A private key in PEM, with the certificate that was answered before, for the host of the URL. */
export function faultOfCertificateKey(file: string, { one }: Answers): Fault {
  const unreadable = faultOfFile(file)
  if (unreadable !== undefined) return unreadable
  try {
    const certificate = readFileSync(one('certificate') ?? '', 'utf8')
    const identity = { certificate, key: readFileSync(file, 'utf8') }
    checkServerIdentity(identity, new URL(one('url') ?? '').hostname)
    return undefined
  } catch (cause) {
    return noteOf(cause)
  }
}

/** Where everything is kept; a database is tried unless `offline`. */
export async function faultOfStorage(url: string, { offline }: { readonly offline: boolean }): Promise<Fault> {
  if (/^level:.+/.test(url)) return undefined
  if (!/^postgres(ql)?:\/\/./.test(url) || !URL.canParse(url)) {
    return 'give level:<directory> or postgresql://<user>@<host>/<database>'
  }
  if (new URL(url).password !== '' || new URL(url).searchParams.has('password')) {
    return 'give it without the password, and the password in the variable PGPASSWORD when the node starts'
  }
  if (offline) return undefined
  try {
    const [fault] = faultsOfPostgres(await readPostgresSettings(Secret.of(url)))
    return fault === undefined ? undefined : `the database answers, but ${fault}`
  } catch (cause) {
    return `the database was tried: ${noteOf(cause)}`
  }
}

/** Only the file that is made when it is not there may be missing. */
export function faultOfPassphraseFile(file: string, { made }: { readonly made: string }): Fault {
  const fault = faultOfFile(file)
  if (fault !== undefined) return file === made && fault !== 'the file is empty' ? undefined : fault
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '').length < 12
    ? 'the passphrase in it is shorter than 12 characters'
    : undefined
}

export async function faultOfDefinition(file: string): Promise<Fault> {
  try {
    await readDiscoveryDefinition(file)
    return undefined
  } catch (cause) {
    return noteOf(cause)
  }
}

/** `LedenadministratieCredential=did:web:…` */
export function faultOfTrust(text: string): Fault {
  const [type = '', did = ''] = splitOnce(text, '=')
  if (!credentialTypeNames.includes(type)) return `give TYPE=DID; types: ${credentialTypeNames.join(', ')}`
  return /^did:[a-z0-9]+:.+$/.test(did) ? undefined : 'behind = stands the DID whose credentials count'
}

/** `indicaties=indicatieregister-2`, with `@` and its URL when the register or FHIR server is there already. */
export async function faultOfSource(text: string, policies: string): Promise<Fault> {
  const { name, schema, url } = splitSource(text)
  if (!/^[a-zA-Z0-9._-]{1,64}$/.test(name) || schema === '')
    return 'give NAME=SCHEMA, or NAME=SCHEMA@URL for a register or FHIR server that is there already'
  try {
    const packs = [...(await readPacks(policies)).values()]
    if (!packs.some((pack) => pack.schema === schema)) {
      return `there is a pack for ${[...new Set(packs.map((pack) => pack.schema))].join(', ')}, and for no other schema`
    }
  } catch (cause) {
    return noteOf(cause)
  }
  if (url === undefined)
    return schema === fhirSchema ? 'behind @ must stand the base URL of its FHIR server' : undefined
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    return 'behind @ stands the URL of its GraphQL endpoint, or the base URL of its FHIR server'
  return undefined
}

/** The parts of a source. */
export function splitSource(text: string): {
  readonly name: string
  readonly schema: string
  readonly url: string | undefined
} {
  const [name = '', rest = ''] = splitOnce(text, '=')
  const [schema = '', url] = splitOnce(rest, '@')
  return { name, schema, url }
}

export async function faultOfPolicies(directory: string): Promise<Fault> {
  try {
    return (await readPacks(directory)).size === 0 ? 'there are no packs in it' : undefined
  } catch (cause) {
    return noteOf(cause)
  }
}

/** A directory of a demo network that was started. */
export function faultOfDemo(directory: string): Fault {
  return faultOfFile(join(directory, 'network.json')) === undefined
    ? undefined
    : 'there is no network.json in that directory: start the demonstration first (npm run demo), or give its directory'
}

/** In two at the first `mark`; the second part is absent without one. */
export function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)]
}

function noteOf(cause: unknown): string {
  return NodeError.is(cause) ? (cause.notes[0] ?? cause.code) : 'it cannot be used'
}

/** What is wrong with whose key it is to be. */
export function faultOfAdministrator(name: string): Fault {
  try {
    createSignInKey({ user: name, role: 'administrator', parties: [] })
    return undefined
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause
    return cause.lines.join('; ')
  }
}
