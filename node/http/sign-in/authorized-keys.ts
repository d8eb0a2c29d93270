import { NodeError } from '../../kernel/errors.js'
import { jwkThumbprint, parseSshPublicKey, sshFingerprint, type SshPublicKey } from '../../identity/ssh-public-key.js'
import { internalRoles, type InternalRole } from '../../../schemas/internal-listener.js'

/** Somebody who may sign in. */
export interface AuthorizedKey extends SshPublicKey {
  /** Whose key it is: the comment behind it. */
  readonly user: string
  readonly role: InternalRole
  /** The parties that it is for; `undefined` for all. */
  readonly parties: readonly string[] | undefined
  /** As SSH and as JOSE name it: either is the `kid` of a token. */
  readonly ids: readonly string[]
}

/** What a file says. */
export interface AuthorizedKeys {
  readonly keys: readonly AuthorizedKey[]
  /** One for each line that does not count, with its number and nothing of what stands in it. */
  readonly faults: readonly string[]
}

const maxLines = 5_000
const maxUserLength = 200
const maxParties = 100
const subjectPattern = /^[A-Za-z0-9._-]{1,64}$/

/**
 * Reads a file of the form of `authorized_keys` of SSH, as nuts-node v6 does: what stands behind a `#` is left out, and the
 * comment of a key says whose it is. Two options are known: `role="operator"` and `parties="ciz,noord"`.
 *
 * A line that cannot be used makes a fault and no key; so does a key that stands there twice, in all its lines, because
 * who it is could not be told.
 * @see sshd(8), AUTHORIZED_KEYS FILE FORMAT
 */
export function parseAuthorizedKeys(text: string, defaultRole?: InternalRole): AuthorizedKeys {
  const lines = text.split('\n')
  if (lines.length > maxLines) return { keys: [], faults: [`more than ${maxLines} lines`] }
  const read = lines.flatMap((line, index) => {
    const content = (line.split('#', 1)[0] ?? '').trim()
    return content === '' ? [] : [{ number: index + 1, ...parseLine(content, defaultRole) }]
  })
  const counts = new Map<string, number>()
  for (const { key } of read) if (key !== undefined) count(counts, key.ids[0])
  const isTwice = (key: AuthorizedKey): boolean => (counts.get(key.ids[0] ?? '') ?? 0) > 1
  return {
    keys: read.flatMap(({ key }) => (key === undefined || isTwice(key) ? [] : [key])),
    faults: read.flatMap(({ number, key, fault }) => {
      const why = key !== undefined && isTwice(key) ? 'the same key stands in another line' : fault
      return why === undefined ? [] : [`line ${number}: ${why}`]
    }),
  }
}

function count(counts: Map<string, number>, id = ''): void {
  counts.set(id, (counts.get(id) ?? 0) + 1)
}

type Line = { readonly key: AuthorizedKey; readonly fault?: never } | { readonly key?: never; readonly fault: string }

function parseLine(line: string, defaultRole: InternalRole | undefined): Line {
  try {
    return { key: readLine(line, defaultRole) }
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    return { fault: cause.notes.join('; ') }
  }
}

function readLine(line: string, defaultRole: InternalRole | undefined): AuthorizedKey {
  const { options, rest } = splitOptions(line)
  const [, type = '', base64 = '', comment = ''] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(rest) ?? []
  if (base64 === '') throw refused('write a type, a key and whose it is')
  const key = parseSshPublicKey(type, base64)
  const user = comment.trim()
  if (user === '') throw refused('say behind the key whose it is')
  if (user.length > maxUserLength || /\p{Cc}/u.test(user))
    throw refused(`whose key it is must be text of ${maxUserLength} characters at most`)
  const role = options.get('role')
  const parties = options.get('parties')?.split(',')
  return {
    ...key,
    user,
    role: role === undefined ? requireRole(defaultRole) : parseRole(role),
    parties: parties === undefined ? undefined : parseParties(parties),
    ids: [sshFingerprint(key), jwkThumbprint(key)],
  }
}

function requireRole(role: InternalRole | undefined): InternalRole {
  if (role === undefined) throw refused('begin with role="…", or set http.internal.auth.defaultRole')
  return role
}

function parseRole(text: string): InternalRole {
  const role = internalRoles.find((each) => each === text)
  if (role === undefined) throw refused(`role must be one of ${internalRoles.join(', ')}`)
  return role
}

function parseParties(parties: readonly string[]): readonly string[] {
  const isGood = parties.length <= maxParties && parties.every((party) => subjectPattern.test(party))
  if (!isGood) throw refused('parties must be subjects of this node with commas between')
  return parties
}

const keyTypePattern = /^(ssh|ecdsa|sk)-\S+[ \t]/
const optionPattern = /([A-Za-z][A-Za-z0-9-]*)(?:="((?:[^"\\]|\\.)*)")?(,|[ \t]+)/y

/** The options in front of the type of a key, if there are any. */
function splitOptions(line: string): { readonly options: ReadonlyMap<string, string>; readonly rest: string } {
  const options = new Map<string, string>()
  if (keyTypePattern.test(line)) return { options, rest: line }
  optionPattern.lastIndex = 0
  for (;;) {
    const [, name, value, end] = optionPattern.exec(line) ?? []
    if (name === undefined || end === undefined) throw refused('it begins with neither a type of key nor options')
    if ((name !== 'role' && name !== 'parties') || value === undefined)
      throw refused('the options are role="…" and parties="…", and no others')
    if (options.has(name)) throw refused(`${name} is given twice`)
    options.set(name, value)
    const at = optionPattern.lastIndex
    if (end !== ',') return { options, rest: line.slice(at) }
  }
}

function refused(why: string): NodeError {
  return new NodeError('config.invalid', { notes: [why] })
}
