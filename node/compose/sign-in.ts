import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Audit } from '../audit/audit.js'
import { signInAudienceOf } from '../http/sign-in/audience.js'
import { parseAuthorizedKeys, type AuthorizedKeys } from '../http/sign-in/authorized-keys.js'
import { createSignIn, type SignIn } from '../http/sign-in/sign-in.js'
import type { SignInMeter } from '../http/sign-in-meter.js'
import { createOwnSiteCheck, type CheckOwnSite } from '../http/own-site.js'
import { createThrottle, type Throttle } from '../http/throttle.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'
import { readText } from './read-text.js'

const setting = 'http.internal.auth.authorizedKeysPath'
const lookEveryMilliseconds = 5_000
const settleMilliseconds = 250
const maxFileBytes = 1024 * 1024

/** What keeps strangers out of the internal listener, as the settings have it. */
export interface StrangerGuard {
  readonly access: 'sign-in' | 'own-site'
  readonly signIn?: SignIn
  readonly throttle?: Throttle
  /** Where nobody signs in; else a call needs a token, which no page of others has. */
  readonly checkOwnSite?: CheckOwnSite
  /** Lets those of the file in, which is accounted for, and begins to look whether it changes. */
  readonly start: (background: Background) => Promise<void>
}

export interface StrangerGuardDeps {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  readonly store: Pick<Store, 'claims'>
  readonly metrics: SignInMeter
}

/**
 * Reads who may sign in; where nobody is asked to, pages of others are kept out. A file that changed later counts within five seconds: a line
 * that cannot be used then is logged as an error and lets nobody in, and without a file nobody may.
 * @throws `config.invalid` for a file that cannot be read or has a line that cannot be used
 */
export async function openStrangerGuard(deps: StrangerGuardDeps): Promise<StrangerGuard> {
  const { configuration, clock, log, audit, store, metrics } = deps
  const { auth, host, names } = configuration.http.internal
  if (auth === undefined || auth.type === 'none') {
    const { url } = configuration.policies
    const known = [...names, host, ...(url === undefined ? [] : [new URL(url).hostname])]
    return { access: 'own-site', checkOwnSite: createOwnSiteCheck(known), start: () => Promise.resolve() }
  }
  const { authorizedKeysPath = '', defaultRole } = auth
  const throttle = createThrottle({ clock, refusalsPerMinute: configuration.http.public.refusalsPerMinute })
  const audience = signInAudienceOf(configuration)
  const signIn = createSignIn({
    ...deps,
    claims: store.claims,
    meter: metrics,
    throttle,
    audience,
    singleUse: auth.singleUse,
  })

  let current: string | undefined
  async function take(text: string, { keys }: AuthorizedKeys): Promise<void> {
    await audit.record({
      code: 'sign-in.changed',
      action: 'update',
      outcome: 'success',
      object: { recordCount: keys.length, hash: createHash('sha256').update(text).digest('hex') },
      reasons: keys.map(({ user, role, ids }) => `${role}: ${user} ${ids[0] ?? ''}`),
    })
    signIn.accept(keys)
    current = text
    log.info('who may sign in was read', { listener: 'internal', count: keys.length })
  }
  async function look(): Promise<void> {
    const text = await readKeys(authorizedKeysPath).catch((cause: unknown) => {
      if (current !== '') log.error('nobody may sign in', { listener: 'internal', ...detailOf(cause) })
      return ''
    })
    if (text === current) return
    // A file that is being written is looked at again later: half of it would keep others out.
    await setTimeout(settleMilliseconds)
    if (text !== (await readKeys(authorizedKeysPath).catch(() => ''))) return
    const read = parseAuthorizedKeys(text, defaultRole)
    for (const fault of read.faults) log.error('a key that may not sign in', { listener: 'internal', detail: fault })
    await take(text, read)
  }

  const text = await readKeys(authorizedKeysPath)
  const read = parseAuthorizedKeys(text, defaultRole)
  if (read.faults.length > 0)
    throw new NodeError('config.invalid', { notes: read.faults.map((fault) => `${setting}: ${fault}`) })
  if (read.keys.length === 0) log.warn('nobody may sign in: the file has no keys', { listener: 'internal' })
  return {
    access: 'sign-in',
    signIn,
    throttle,
    async start(background) {
      await take(text, read)
      background.every({ job: 'sign-in keys', intervalMilliseconds: lookEveryMilliseconds, run: look })
    },
  }
}

async function readKeys(file: string): Promise<string> {
  const text = await readText(setting, file)
  if (Buffer.byteLength(text) > maxFileBytes)
    throw new NodeError('config.invalid', { notes: [`${setting}: ${file} is too large`] })
  return text
}

function detailOf(cause: unknown): { readonly detail?: string } {
  return NodeError.is(cause) ? { detail: cause.notes.join('; ') } : {}
}
