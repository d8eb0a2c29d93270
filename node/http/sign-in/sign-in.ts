import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import type { SignedIn, Trace } from '../../kernel/trace.js'
import type { Claims } from '../../stores/contracts.js'
import type { Route } from '../exchange.js'
import type { SignInMeter } from '../sign-in-meter.js'
import type { Throttle } from '../throttle.js'
import type { AuthorizedKey } from './authorized-keys.js'
import { requireMayCall } from './callers.js'
import { isSignInRefusal } from './refusal.js'
import { verifySignInToken, type VerifiedToken } from './verify-sign-in-token.js'

/** A call that wants to be let in. */
export interface SignInCall {
  readonly route: Pick<Route, 'pattern' | 'callers' | 'aboutParties'>
  readonly params: Readonly<Record<string, string>>
  readonly authorization: string | undefined
  readonly address: string
  readonly trace: Trace
}

/** Asks callers of the internal listener who they are. */
export interface SignIn {
  /**
   * Who calls; `undefined` where anybody may. Each token is accounted for when it is seen first.
   * @throws `signin.missing`, `signin.untrusted`, `signin.invalid`, `signin.not_allowed`, `request.too_many` after too
   *   many of these;
   *   `audit.unavailable`
   */
  admit(call: SignInCall): Promise<SignedIn | undefined>
  /** For whom tokens must be, for the challenge. */
  readonly audience: string
  /** From now on these may sign in, and nobody else: also tokens that were verified before are looked at anew. */
  accept(keys: readonly AuthorizedKey[]): void
}

export interface SignInDeps {
  readonly clock: Clock
  readonly log: Log
  readonly audit: Pick<Audit, 'record'>
  readonly claims: Claims
  readonly meter: SignInMeter
  readonly throttle: Throttle
  readonly audience: string
  readonly singleUse: boolean
}

const maxKept = 10_000

/** What is kept of a token that was verified. */
interface Opened {
  readonly token: VerifiedToken
  readonly signedIn: SignedIn
}

/**
 * Sign-in by tokens under keys that the operator lists. A token that was verified is known by its digest until it ends, so
 * that a call costs a hash and a look into a map; with `singleUse` each is verified, and claimed in the store.
 */
export function createSignIn(deps: SignInDeps): SignIn {
  const { clock, audience, singleUse } = deps
  let keys: ReadonlyMap<string, AuthorizedKey> = new Map()
  const kept = new LRUCache<string, Opened>({ max: maxKept })

  async function open(compact: string, trace: Trace): Promise<Opened> {
    const digest = hash('sha256', compact, 'base64')
    const known = kept.get(digest)
    if (known !== undefined && known.token.expiresAt > clock.now()) return known
    const token = verifySignInToken(compact, { keys, audience, now: clock.now() })
    if (singleUse) await claimOnce(deps, token)
    const signedIn = toSignedIn(token)
    const opened = { token, signedIn }
    await deps.audit.record({
      code: 'sign-in.accepted',
      action: 'execute',
      outcome: 'success',
      object: { key: token.key.ids[0] },
      trace: { ...trace, signedIn },
    })
    // Only while the key counts: the list may have changed meanwhile.
    if (!singleUse && keys.get(token.key.ids[0] ?? '') === token.key) kept.set(digest, opened)
    return opened
  }

  return {
    audience,
    async admit(call) {
      if (call.route.callers === 'anybody') return undefined
      let signedIn: SignedIn | undefined
      try {
        const compact = bearerOf(call.authorization)
        if (compact === undefined) throw new NodeError('signin.missing')
        const opened = await open(compact, call.trace)
        signedIn = opened.signedIn
        requireMayCall(call, opened.token.key)
        deps.meter.countSignIn('good')
        return signedIn
      } catch (cause) {
        await account(deps, call, signedIn, cause)
        throw cause
      }
    },
    accept(listed) {
      keys = new Map(listed.flatMap((key) => key.ids.map((id) => [id, key] as const)))
      kept.clear()
    },
  }
}

/** The token, when the header has the form of RFC 6750; `undefined` for all else. */
function bearerOf(authorization = ''): string | undefined {
  const [scheme, compact, ...more] = authorization.trim().split(/\s+/)
  return scheme?.toLowerCase() === 'bearer' && more.length === 0 ? compact : undefined
}

function toSignedIn({ key, subject }: VerifiedToken): SignedIn {
  const { user, role, parties } = key
  return { user, role, ...(subject === user ? {} : { subject }), ...(parties === undefined ? {} : { parties }) }
}

async function claimOnce({ claims }: SignInDeps, { key, id, expiresAt }: VerifiedToken): Promise<void> {
  if (await claims.claim(['sign-in', key.ids[0] ?? '', id.toLowerCase()], expiresAt)) return
  throw new NodeError('signin.invalid', { detail: 'the token was used before' })
}

/**
 * Every refusal is in the journal, until an address had too many of them: then the rest is counted, so that nobody can make
 * the journal grow by asking.
 */
async function account(
  { audit, log, meter, throttle }: SignInDeps,
  { address, trace, route }: SignInCall,
  signedIn: SignedIn | undefined,
  cause: unknown,
): Promise<void> {
  const code = NodeError.codeOf(cause)
  if (!isSignInRefusal(code)) return
  meter.countSignIn(code)
  throttle.check(address)
  throttle.refused(address)
  const why = NodeError.is(cause) && cause.detail !== undefined ? { detail: cause.detail } : {}
  log.warn('sign-in refused', { listener: 'internal', code, route: route.pattern, address, ...why })
  await audit.record({
    code: 'sign-in.refused',
    action: 'execute',
    outcome: 'refused',
    error: code,
    object: { peer: address, operation: route.pattern },
    trace: signedIn === undefined ? trace : { ...trace, signedIn },
  })
}
