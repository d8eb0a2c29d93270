import type { AuditEntry } from '../../node/audit/audit.js'
import type { Value } from '../../node/stores/contracts.js'
import type { Ports } from './server.js'
import { names, type BenchWorld, type TokenKind } from './world.js'

export const tokenTarget = `/oauth2/${names.bronhouder}/token`
export const introspectionTarget = '/internal/auth/v2/accesstoken/introspect'
export const formHeader = 'Content-Type: application/x-www-form-urlencoded'

/** A token of the node, with the answer that it came in. */
export async function obtainToken(
  world: BenchWorld,
  ports: Ports,
  kind: TokenKind,
): Promise<{ readonly answer: Answer; readonly token: string }> {
  const [body = ''] = await world.signTokenRequests(kind, 1)
  const answer = await ask(ports.public, tokenTarget, [formHeader], body)
  return { answer, token: parseToken(answer) }
}

/** JSON of the node. */
export type Answer = Readonly<Record<string, Value>>

/** Asks once, as the runs do, so that what is measured is known to work. @throws Error unless the answer is a good one */
export async function ask(port: number, target: string, headers: readonly string[], body?: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${target}`, {
    headers: headers.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    }),
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  if (!response.ok) throw new Error(`${target} was answered with ${response.status}`)
  return parseAnswer(await response.text())
}

function parseAnswer(text: string): Answer {
  return JSON.parse(text) as Answer
}

function parseToken(answer: Answer): string {
  return answer['access_token'] as string
}

function parseJournal(answer: Answer): readonly AuditEntry[] {
  return answer['entries'] as unknown as readonly AuditEntry[]
}

/** The decisions and outcomes of reads that are in the journal. */
export async function readEvents({ internal }: Ports): Promise<readonly Value[]> {
  const answer = await ask(internal, '/internal/bronnet/v1/audit?limit=1000', [])
  const events = parseJournal(answer).filter(
    ({ event }) => event.code === 'read.decided' || event.code === 'read.answered',
  )
  return events.map(({ time, event }) => toValue({ time, event }))
}

/** An event travelled as JSON, so it is a `Value`. */
function toValue(value: object): Value {
  return value as Value // Its type cannot say so: an interface has no index signature.
}
